//! SHA-256 (FIPS 180-4 §6.2) of sixteen messages at once, one in each lane.

use super::{Front, Narrow, Padded, sha2::compression};

/// FIPS 180-4 §4.2.2.
const ROUND: [u32; 64] = [
    0x428a_2f98,
    0x7137_4491,
    0xb5c0_fbcf,
    0xe9b5_dba5,
    0x3956_c25b,
    0x59f1_11f1,
    0x923f_82a4,
    0xab1c_5ed5,
    0xd807_aa98,
    0x1283_5b01,
    0x2431_85be,
    0x550c_7dc3,
    0x72be_5d74,
    0x80de_b1fe,
    0x9bdc_06a7,
    0xc19b_f174,
    0xe49b_69c1,
    0xefbe_4786,
    0x0fc1_9dc6,
    0x240c_a1cc,
    0x2de9_2c6f,
    0x4a74_84aa,
    0x5cb0_a9dc,
    0x76f9_88da,
    0x983e_5152,
    0xa831_c66d,
    0xb003_27c8,
    0xbf59_7fc7,
    0xc6e0_0bf3,
    0xd5a7_9147,
    0x06ca_6351,
    0x1429_2967,
    0x27b7_0a85,
    0x2e1b_2138,
    0x4d2c_6dfc,
    0x5338_0d13,
    0x650a_7354,
    0x766a_0abb,
    0x81c2_c92e,
    0x9272_2c85,
    0xa2bf_e8a1,
    0xa81a_664b,
    0xc24b_8b70,
    0xc76c_51a3,
    0xd192_e819,
    0xd699_0624,
    0xf40e_3585,
    0x106a_a070,
    0x19a4_c116,
    0x1e37_6c08,
    0x2748_774c,
    0x34b0_bcb5,
    0x391c_0cb3,
    0x4ed8_aa4a,
    0x5b9c_ca4f,
    0x682e_6ff3,
    0x748f_82ee,
    0x78a5_636f,
    0x84c8_7814,
    0x8cc7_0208,
    0x90be_fffa,
    0xa450_6ceb,
    0xbef9_a3f7,
    0xc671_78f2,
];

/// The digests of sixteen messages, which are hashed from behind their front. A message with fewer blocks than
/// the longest keeps its digest while the others go on.
#[cfg_attr(
    not(plain_lanes),
    target_feature(enable = "avx512f,avx512ifma,avx512bw,avx512vl,avx512dq")
)]
pub(super) fn digest((front, messages): (&Front<'_>, &[Padded<'_>; 16])) -> [[u8; 32]; 16] {
    let zero = Narrow::splat(0);
    let (mut state, mut rows) = ([zero; 8], [zero; 16]);
    for (to, word) in state.iter_mut().zip(front.state()) {
        *to = Narrow::splat(*word);
    }
    let (mut high, mut low) = ([[0; 4]; 16], [[0; 4]; 16]);
    for ((high, low), message) in high.iter_mut().zip(&mut low).zip(messages) {
        let [a, b, c, d, e, f, g, h] = message.bits().to_le_bytes();
        (*low, *high) = ([a, b, c, d], [e, f, g, h]);
    }
    let (high, low) = (Narrow::from_lanes(&high), Narrow::from_lanes(&low));
    let blocks = messages.each_ref().map(Padded::blocks);
    let longest = blocks.iter().map(|blocks| blocks.len()).max();
    for index in front.len()..longest.unwrap_or_default() {
        let (mut active, mut last) = (0_u16, 0_u16);
        for (lane, (row, blocks)) in rows.iter_mut().zip(blocks).enumerate() {
            if let Some(block) = blocks.get(index) {
                *row = Narrow::from_block(block).swap_bytes();
                active |= 1 << lane;
                last |= u16::from(blocks.len().wrapping_sub(1) == index) << lane;
            }
        }
        let mut words = Narrow::transpose(rows);
        let [.., w14, w15] = &mut words;
        (*w14, *w15) = (w14.blend(last, high), w15.blend(last, low));
        state = compress(&state, words, active);
    }
    let mut rows = [zero; 16];
    for (row, word) in rows.iter_mut().zip(state) {
        *row = word.swap_bytes();
    }
    let mut digests = [[0; 32]; 16];
    for (digest, row) in digests.iter_mut().zip(Narrow::transpose(rows)) {
        *digest = row.to_half_block();
    }
    digests
}

compression!(
    Narrow,
    u32,
    u16,
    ROUND,
    [2, 13, 22],
    [6, 11, 25],
    [7, 18, 3],
    [17, 19, 10]
);
