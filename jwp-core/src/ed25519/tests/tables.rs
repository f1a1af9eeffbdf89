//! Which keys get a table, how wide, and what stands in it.

use super::{super::comb::ROWS, rule::signs_of, *};

/// A table is not built for a key that is hardly asked for, and then as wide as its use and the memory
/// allow.
#[test]
fn tables_are_built_for_keys_that_are_used_often() {
    let keys: Vec<SigningKey> = (1..10)
        .map(|seed| SigningKey::from_bytes(&[seed; 32]))
        .collect();
    let mut queue = Queue::new(Backend::detect());
    let run = |queue: &mut Queue, key: &SigningKey, times: usize| {
        for n in 0..times {
            let message = n.to_string();
            let signature = key.sign(message.as_bytes()).to_bytes();
            queue.push(n, &key.verifying_key(), &signature, |out| {
                out.extend(message.bytes())
            });
        }
        queue.flush(|_, accepted| assert!(accepted));
        queue.width_of(&key.verifying_key())
    };
    // Eight keys, one signature each.
    for key in &keys[1..] {
        assert_eq!(run(&mut queue, key, 1), None);
    }
    assert_eq!(run(&mut queue, &keys[0], 63), None);
    assert_eq!(run(&mut queue, &keys[0], 1), Some(Width::W8));
    queue.expect(&keys[0].verifying_key(), 8128);
    assert_eq!(run(&mut queue, &keys[0], 1), Some(Width::W11));
    for (memory, width) in Width::ALL
        .map(|width| (width.table_bytes(), Some(width)))
        .into_iter()
        .chain([(Width::W7.table_bytes() - 1, None)])
    {
        let mut queue = Queue::new(Backend::detect());
        queue.set_memory(memory);
        queue.expect(&keys[0].verifying_key(), 10_000);
        assert_eq!(run(&mut queue, &keys[0], 1), width, "{memory} bytes");
    }
}

/// What the documentation says of each: bits, additions, memory.
#[test]
fn a_width_is_what_its_name_says() {
    let found = Width::ALL.map(|width| {
        let widest = width.windows().iter().map(|window| window.bits).max();
        assert_eq!(widest, Some(width.bits()));
        let rows: u32 = width.windows().iter().map(|window| window.bits).sum();
        assert_eq!(rows, u32::BITS);
        let additions = width.windows().len() * ROWS;
        (width, width.bits(), additions, width.table_bytes() / 1024)
    });
    let documented = [
        (Width::W7, 7, 40, 28),
        (Width::W8, 8, 32, 64),
        (Width::W11, 11, 24, 320),
    ];
    assert_eq!(found, documented);
}

/// One more would take more memory than the caller was told.
#[test]
fn there_is_memory_for_32_tables_of_the_widest() {
    let mut queue = Queue::new(Backend::PORTABLE);
    let widths: Vec<Option<Width>> = (0..33)
        .map(|seed| {
            let case = case([seed; 32], Vec::new(), Flaw::None);
            queue.expect(&case.key, 10_000);
            queue.push(0, &case.key, &case.signature, |_| {});
            queue.flush(|_, accepted| assert!(accepted));
            queue.width_of(&case.key)
        })
        .collect();
    assert!(widths[..32].iter().all(|width| *width == Some(Width::W11)));
    assert_eq!(widths[32], None);
}

/// It would cost as much as ten checks with every flush.
#[test]
fn a_table_that_cannot_grow_is_not_built_again() {
    let case = case([1; 32], Vec::new(), Flaw::None);
    let mut queue = Queue::new(Backend::PORTABLE);
    queue.set_memory(Width::W8.table_bytes());
    queue.expect(&case.key, 10_000);
    let mut place = || {
        queue.push(0, &case.key, &case.signature, |_| {});
        queue.flush(|_, accepted| assert!(accepted));
        let table = queue.table_of(&case.key).unwrap();
        assert_eq!(table.width(), Width::W8);
        table.entries().as_ptr()
    };
    assert_eq!(place(), place());
}

/// The tables' documented size is the one that they have.
#[test]
fn a_table_has_the_points_that_its_width_says() {
    let key = SigningKey::from_bytes(&[7; 32]).verifying_key();
    let a = -curve25519_dalek::edwards::CompressedEdwardsY(key.to_bytes())
        .decompress()
        .unwrap();
    for width in Width::ALL {
        let table = prepared::key_table(&key, width).unwrap();
        assert_eq!(table.entries().len() * 128, width.table_bytes());
        let mut found = table.entries().iter();
        for window in width.windows() {
            for index in 0..1 << (window.bits - 1) {
                let point = a * signs_of(window, index);
                let entry = found.next().unwrap();
                assert_eq!(
                    field::encoding(entry),
                    point.compress().0,
                    "{width:?} {index}"
                );
            }
        }
        assert!(found.next().is_none());
    }
}
