//! A status line, whatever the text is made of.

use super::connected;
use sdnotify_tests::probe::text;

/// What `STATUS=` is sent for a text.
fn status_of(lines: &[(&[u8], String)]) {
    let (receiver, mut program, channel) = connected();
    for (line, expected) in lines {
        assert_eq!(program.ret(&format!("sdn_status {channel} {}", text(line))), 1);
        let message = receiver.next();
        assert_eq!(message.bytes.escape_ascii().to_string(), expected.as_bytes().escape_ascii().to_string());
    }
}

#[test]
fn nothing_in_a_text_is_an_assignment_or_a_control_character() {
    status_of(&[
        (b"", "STATUS=".to_owned()),
        (b"ready\nMAINPID=1\r\nREADY=1\n", "STATUS=ready MAINPID=1  READY=1 ".to_owned()),
        (b"\x1b[31mred\x1b[0m \x07\x08\x7f\t\x01", "STATUS= [31mred [0m      ".to_owned()),
        ("a\u{80}b\u{9b}2J\u{9f}\u{a0}Â".as_bytes(), "STATUS=a  b  2J  \u{a0}Â".to_owned()),
        ("5 × fünf, \u{2713} \u{1f600}".as_bytes(), "STATUS=5 × fünf, \u{2713} \u{1f600}".to_owned()),
        (b"caf\xe9 \x80 \xff", "STATUS=caf? ? ?".to_owned()),
        (b"\xc2\n\xe2\x9c", "STATUS=? ??".to_owned()),
        // Overlong, a surrogate, beyond Unicode: no way around the filter.
        (b"\xc0\x8a", "STATUS=??".to_owned()),
        (b"\xed\xa0\x8a", "STATUS=???".to_owned()),
        (b"\xf4\x90\x80\x8a", "STATUS=????".to_owned()),
    ]);
}

#[test]
fn a_long_text_is_cut_between_two_characters() {
    let whole = |character: char| {
        let count = ROOM / character.len_utf8();
        (
            character.to_string().repeat(count + 10).into_bytes(),
            format!("STATUS={}", character.to_string().repeat(count)),
        )
    };
    let mut cases = vec![whole('a'), whole('é'), whole('✓'), whole('\u{1f600}')];
    let a = "a".repeat(ROOM - 2);
    cases.push(([a.as_bytes(), b"\xff\xff\xff"].concat(), format!("STATUS={a}??")));
    cases.push(([a.as_bytes(), "é".as_bytes()].concat(), format!("STATUS={a}é")));
    cases.push(([a.as_bytes(), "✓".as_bytes()].concat(), format!("STATUS={a}")));
    cases.push((vec![b'\n'; 5000], format!("STATUS={}", " ".repeat(ROOM))));
    let cases: Vec<_> = cases.iter().map(|(line, expected)| (line.as_slice(), expected.clone())).collect();
    status_of(&cases);
}

#[test]
fn a_formatted_line_is_neutralised_and_cut_too() {
    let (receiver, mut program, channel) = connected();
    assert_eq!(program.ret(&format!("sdn_statusf {channel} {}", text(b"of %s\nREADY=1"))), 1);
    assert_eq!(receiver.next().text(), "STATUS=42% of %s READY=1");
    for character in ["a", "é", "✓", "\u{1f600}"] {
        assert_eq!(program.ret(&format!("sdn_statusf {channel} {}", text(character.repeat(5000).as_bytes()))), 1);
        let message = String::from_utf8(receiver.next().bytes).expect("UTF-8");
        assert!((4093..=4096).contains(&message.len()), "{}", message.len());
        let line = message.strip_prefix("STATUS=42% ").expect("a status");
        assert!(line.split(character).all(str::is_empty), "{line}");
    }
}

const ROOM: usize = 4096 - "STATUS=".len();

/// What the standard library makes of a line: the reference.
fn neutralised(line: &[u8]) -> String {
    let mut text = String::new();
    for chunk in line.utf8_chunks() {
        let invalid = chunk.invalid().iter().map(|_| "?".to_owned());
        let valid = chunk.valid().chars().map(|character| match character.is_control() {
            true => " ".repeat(character.len_utf8()),
            false => character.to_string(),
        });
        for piece in valid.chain(invalid) {
            if text.len() + piece.len() > ROOM {
                return text;
            }
            text.push_str(&piece);
        }
    }
    text
}

/// Sends each line, and compares with the reference.
fn compare(lines: impl Iterator<Item = Vec<u8>>) {
    let (receiver, mut program, channel) = connected();
    for line in lines {
        assert_eq!(program.ret(&format!("sdn_status {channel} {}", text(&line))), 1);
        let message = receiver.next().bytes;
        let expected = format!("STATUS={}", neutralised(&line));
        let same = message.iter().zip(expected.as_bytes()).take_while(|(a, b)| a == b).count();
        assert_eq!(
            (message.len(), same),
            (expected.len(), expected.len()),
            "{}",
            line[same.saturating_sub(20).min(line.len())..].escape_ascii()
        );
    }
}

#[test]
fn every_character_is_taken_as_what_it_is() {
    let some =
        ('\u{1}'..'\u{3000}').chain(('\u{3000}'..=char::MAX).step_by(61)).chain(['\u{d7ff}', '\u{e000}', char::MAX]);
    let some: Vec<char> = some.collect();
    compare(some.chunks(1000).map(|characters| characters.iter().collect::<String>().into_bytes()));
}

#[test]
fn every_pair_of_bytes_is_taken_as_what_it_is() {
    compare((1..=u8::MAX).map(|first| (1..=u8::MAX).flat_map(|second| [b'a', first, second, b'a']).collect()));
}

#[test]
fn any_bytes_make_one_clean_line() {
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = move |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed >> 33) as usize % below
    };
    let pieces: [&[u8]; 12] = [
        b"a",
        b"\n",
        b"\x1b",
        "é".as_bytes(),
        "\u{85}".as_bytes(),
        "✓".as_bytes(),
        b"\xc2",
        b"\x80",
        b"\xf0\x9f",
        b"\xe2\x9c",
        b"\xed\xa0",
        b"=1",
    ];
    compare((0..300).map(|_| {
        let count = if random(10) == 0 { 4000 } else { random(40) };
        (0..count).flat_map(|_| pieces[random(pieces.len())].to_vec()).collect()
    }));
}
