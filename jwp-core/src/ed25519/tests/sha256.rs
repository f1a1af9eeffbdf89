//! SHA-256 of many messages at once, by every kernel.

use alloc::vec::Vec;

use sha2::{Digest as _, Sha256};

use super::super::{Backend, Padded, front::Front};

/// What stands where the length belongs, or behind it, does not matter.
pub(super) fn in_blocks(message: &[u8]) -> Vec<u8> {
    let size = Padded::blocks_of(message.len()) * 64;
    let mut bytes = message.to_vec();
    bytes.push(0x80);
    bytes.resize(size - 8, 0);
    bytes.resize(size + 70, 0xee);
    bytes
}

#[test]
fn blocks_hold_a_message_and_its_padding_or_are_refused() {
    for (length, blocks) in [(0, 1), (55, 1), (56, 2), (119, 2), (120, 3)] {
        assert_eq!(Padded::blocks_of(length), blocks);
        let mut bytes = alloc::vec![0x80; blocks * 64];
        assert!(Padded::new(&bytes, length).is_some());
        assert!(Padded::new(&bytes[1..], length).is_none());
        bytes[length] = 0;
        assert!(Padded::new(&bytes, length).is_none());
    }
    assert!(Padded::new(&[0x80; 64], usize::MAX).is_none());
}

/// Otherwise what was not hashed would have the hash of nothing.
#[test]
fn a_message_that_is_not_there_has_no_hash() {
    let blocks = in_blocks(b"one of two");
    for backend in [Backend::PORTABLE, Backend::detect()] {
        for count in [2, 40] {
            let mut found = Vec::new();
            let message = |index: usize| match index % 2 {
                0 => Padded::new(&blocks, 10),
                _ => None,
            };
            backend.sha256(count, message, |index, digest| found.push((index, digest)));
            let expected: [u8; 32] = Sha256::digest(b"one of two").into();
            let all: Vec<_> = (0..count)
                .step_by(2)
                .map(|index| (index, expected))
                .collect();
            assert_eq!(found, all);
        }
    }
}

/// What the messages of one group begin with, those of the next may not, and a message may end within it. The last
/// block of a message is never of its front: the length stands there.
#[test]
fn messages_that_begin_alike_have_each_its_sha_256() {
    let text = |length: usize, at: usize, byte: u8| {
        let mut text: Vec<u8> = (0..length).map(|n| n as u8).collect();
        if let Some(place) = text.get_mut(at) {
            *place = byte;
        }
        text
    };
    for backend in [Backend::PORTABLE, Backend::detect()] {
        for differ_at in [0, 1, 63, 64, 127, 128, 200] {
            // 48 that differ there, where one in each third also differs before; then some that are shorter or longer.
            let mut messages: Vec<_> = (0..48).map(|n| text(300, differ_at, n)).collect();
            for (third, at) in [(7, 130), (20, 70), (40, 3)] {
                messages[third][at] ^= 1;
            }
            messages.extend((0..40).map(|n| text(n * 8, 300, 0)));
            messages.extend((0..16).map(|n| text(128 - n, 300, 0)));
            let all: Vec<Vec<u8>> = messages.iter().map(|message| in_blocks(message)).collect();
            let mut found = Vec::new();
            backend.sha256(
                messages.len(),
                |index| Padded::new(&all[index], messages[index].len()),
                |_, digest| found.push(digest),
            );
            let digest = |message| -> [u8; 32] { Sha256::digest(message).into() };
            let expected: Vec<[u8; 32]> = messages.iter().map(digest).collect();
            assert_eq!(found, expected, "{differ_at}");
        }
    }
}

/// How many blocks are hashed once.
#[test]
fn a_front_is_the_longest_unless_the_one_before_it_will_do() {
    // Blocks of the first byte, then blocks of the second; the last holds the padding alone.
    let message = |[first, second]: [usize; 2]| {
        let mut message = alloc::vec![1; first * 64];
        message.resize((first + second) * 64, 2);
        in_blocks(&message)
    };
    let messages = [[3, 2], [3, 0], [2, 5], [0, 4], [3, 1]].map(message);
    let lengths = [5, 3, 7, 4, 4];
    let padded = |index: usize| match lengths.get(index) {
        Some(length) => Padded::new(&messages[index], length * 64).unwrap(),
        None => Padded::NONE,
    };
    let mut front = Front::NONE;
    // Index 5 has no message.
    let groups: [(&[usize], usize); 9] = [
        (&[0, 4], 4),
        // The last block is of no front.
        (&[1, 5, 0], 3),
        (&[5, 0, 0], 3),
        (&[0, 2], 2),
        (&[0, 0], 2),
        (&[3, 0], 0),
        (&[0, 0, 5], 5),
        (&[5], 5),
        (&[3, 3], 4),
    ];
    for (group, blocks) in groups {
        front.turn_to(&group.iter().map(|index| padded(*index)).collect::<Vec<_>>());
        assert_eq!(front.len(), blocks);
        for index in group.iter().filter(|index| **index < lengths.len()) {
            let expected = Sha256::digest(&messages[*index][..lengths[*index] * 64]);
            assert_eq!(front.digest(&padded(*index))[..], expected[..]);
        }
    }
}

/// However many there are, also where the last group is not full.
#[test]
fn each_message_has_its_sha_256_by_every_kernel() {
    for backend in [Backend::PORTABLE, Backend::detect()] {
        for count in (0..40).chain([256]) {
            let mut messages: Vec<Vec<u8>> = (0..count)
                .map(|n| (0..n * 5).map(|byte| byte as u8).collect())
                .collect();
            // One that would keep the other lanes waiting.
            if let Some(message) = messages.get_mut(18) {
                message.resize(100_000, 7);
            }
            let all: Vec<Vec<u8>> = messages.iter().map(|message| in_blocks(message)).collect();
            let mut found = Vec::new();
            backend.sha256(
                count,
                |index| Padded::new(&all[index], messages[index].len()),
                |index, digest| {
                    assert_eq!(index, found.len());
                    found.push(digest);
                },
            );
            let digest = |message| -> [u8; 32] { Sha256::digest(message).into() };
            let expected: Vec<[u8; 32]> = messages.iter().map(digest).collect();
            assert_eq!(found, expected, "{count} messages");
        }
    }
}
