use super::*;
use crate::testing::{bytes, config};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

proptest! {
    // Long texts, which take time to generate.
    #![proptest_config(ProptestConfig { cases: 2000, ..config() })]

    #[test]
    fn a_status_is_one_line_of_utf8(line in prop_oneof![
        bytes(60),
        any::<String>().prop_map(String::into_bytes),
        vec(select(&["é", "€", "😀", "\u{85}", "\u{9f}", "\n", "\x1b", "\u{7f}", "\u{e2}", "x"][..]), 1000..2500)
            .prop_map(|pieces| pieces.concat().into_bytes()),
    ]) {
        let mut buffer = [0; MESSAGE_MAX];
        let found = std::str::from_utf8(super::status(&line, &mut buffer)).expect("UTF-8");
        // The standard library's decoder, regardless of the length.
        let mut expected = "STATUS=".to_owned();
        for chunk in line.utf8_chunks() {
            for c in chunk.valid().chars() {
                if c.is_control() { expected += &" ".repeat(c.len_utf8()) } else { expected.push(c) }
            }
            expected += &"?".repeat(chunk.invalid().len());
        }
        prop_assert!(expected.starts_with(found));
        prop_assert!(found.len() == expected.len() || found.len() > MESSAGE_MAX - 4);
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_reload_has_its_time(usec in prop_oneof![any::<u64>(), select(&[0, 1, 9, 10, u64::MAX][..])]) {
        let mut buffer = [0; RELOADING_MAX];
        let expected = format!("RELOADING=1\nMONOTONIC_USEC={usec}");
        prop_assert_eq!(super::reloading(usec, &mut buffer), expected.as_bytes());
    }
}

fn line(text: &[u8]) -> String {
    let mut buffer = [0; MESSAGE_MAX];
    String::from_utf8(super::status(text, &mut buffer).to_vec()).expect("UTF-8")
}

#[test]
fn no_text_ends_the_line() {
    assert_eq!(line(b"up\nREADY=1\r\n"), "STATUS=up READY=1  ");
    assert_eq!(line(b""), "STATUS=");
}

#[test]
fn no_text_speaks_to_a_terminal() {
    assert_eq!(line(b"\x1b[31mred\x7f"), "STATUS= [31mred ");
    assert_eq!(line("\u{9b}31m".as_bytes()), "STATUS=  31m");
}

#[test]
fn bytes_that_are_not_utf8() {
    assert_eq!(line(b"a\xffb\xc3"), "STATUS=a?b?");
    // An overlong slash, a surrogate, a character beyond Unicode.
    assert_eq!(line(b"\xc0\xaf"), "STATUS=??");
    assert_eq!(line(b"\xed\xa0\x80"), "STATUS=???");
    assert_eq!(line(b"\xf4\x90\x80\x80"), "STATUS=????");
}

#[test]
fn a_long_line_is_cut_between_characters() {
    let found = line("\u{20ac}".repeat(2000).as_bytes());
    assert_eq!((MESSAGE_MAX - found.len()) / 3, 0);
    assert!(found.ends_with('\u{20ac}'));
}
