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
        (b"caf\xe9 \x80 \xff", "STATUS=caf\u{fffd} \u{fffd} \u{fffd}".to_owned()),
        (b"\xc2\n\xe2\x9c", "STATUS=\u{fffd} \u{fffd}".to_owned()),
        // Overlong, a surrogate, beyond Unicode: no way around the filter.
        (b"\xc0\x8a", "STATUS=\u{fffd}\u{fffd}".to_owned()),
        (b"\xed\xa0\x8a", "STATUS=\u{fffd}\u{fffd}\u{fffd}".to_owned()),
        (b"\xf4\x90\x80\x8a", "STATUS=\u{fffd}\u{fffd}\u{fffd}\u{fffd}".to_owned()),
    ]);
}

#[test]
fn a_long_text_is_cut_between_two_characters() {
    const ROOM: usize = 4096 - "STATUS=".len();
    let whole = |character: char| {
        let count = ROOM / character.len_utf8();
        (
            character.to_string().repeat(count + 10).into_bytes(),
            format!("STATUS={}", character.to_string().repeat(count)),
        )
    };
    let mut cases = vec![whole('a'), whole('é'), whole('✓'), whole('\u{1f600}')];
    // The invalid byte's replacement has no room.
    let a = "a".repeat(ROOM - 2);
    cases.push(([a.as_bytes(), b"\xffb"].concat(), format!("STATUS={a}")));
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

/// Any bytes: one line of UTF-8, never too long, without control characters, and as it was where nothing was wrong.
#[test]
fn any_bytes_make_one_clean_line() {
    let (receiver, mut program, channel) = connected();
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = |below: usize| {
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
        b"\x9b",
        b"=1",
    ];
    for _ in 0..300 {
        let count = if random(10) == 0 { 4000 } else { random(40) };
        let line: Vec<u8> = (0..count).flat_map(|_| pieces[random(pieces.len())].to_vec()).collect();
        assert_eq!(program.ret(&format!("sdn_status {channel} {}", text(&line))), 1);
        let message = String::from_utf8(receiver.next().bytes).expect("UTF-8");
        assert!(message.starts_with("STATUS=") && message.len() <= 4096);
        assert!(!message.contains(char::is_control), "{}", message.escape_debug());
        let clean = String::from_utf8_lossy(&line);
        let kept = message["STATUS=".len()..].replace(' ', "");
        let expected: String = clean.chars().filter(|c| !c.is_control()).collect();
        if message.len() < 4090 {
            assert_eq!(kept, expected);
        } else {
            assert!(expected.starts_with(&kept));
        }
    }
}
