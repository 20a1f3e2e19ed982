use super::*;
use crate::testing::config;
use proptest::collection::vec;
use proptest::prelude::*;
use std::vec::Vec;

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_first_one_is_found(bytes in vec(0..6_u8, 0..40), byte in 0..6_u8) {
        prop_assert_eq!(find(&bytes, byte), bytes.iter().position(|other| *other == byte));
    }

    #[test]
    fn a_buffer_holds_all_or_nothing(pieces in vec(vec(any::<u8>(), 0..12), 0..8)) {
        let mut buffer = Buffer::<24>::new();
        let mut all = Vec::new();
        for (index, piece) in pieces.iter().enumerate() {
            if index % 2 == 0 { buffer.push(piece) } else { buffer.append(piece) }
            all.extend_from_slice(piece);
            // Once something has not fitted, nothing else fits.
            prop_assert_eq!(buffer.bytes(), (all.len() <= 24).then_some(&all[..]));
        }
        buffer.clear();
        prop_assert_eq!(buffer.bytes(), Some(&[][..]));
    }
}
