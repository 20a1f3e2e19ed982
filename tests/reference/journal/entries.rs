//! One random entry for the journal, from a program with some name and some errno.

use crate::lockstep::Case;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use sdnotify_tests::probe::text;

pub fn case() -> impl Strategy<Value = Case> {
    let call = prop_oneof![
        300 => sendv().boxed(),
        300 => print().boxed(),
        300 => send().boxed(),
        60 => perror().boxed(),
        30 => many().boxed(),
        2 => large().boxed(),
    ];
    (name(), 0..134_i32, call)
        .prop_map(|(name, errno, call)| vec![format!("name {name}"), format!("errno {errno}"), call])
}

const ODD: &[&str] = &["-", "x", "x80", "=a*", "=a?", "=[", "xff", "xc380ff", "xeda080", "xefb790", "xf09fbfbe"];

/// Names of programs that releases disagree about.
pub fn is_odd(name: &str) -> bool {
    ODD.contains(&name)
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => Just("=program".to_owned()).boxed(),
        2 => select(ODD).prop_map(str::to_owned).boxed(),
        2 => select(&["=a'b", "x61226c", "x610a", "x617f", "=a|x5c", "x09", "xc3a9", "x612062", "300*61"][..])
            .prop_map(str::to_owned).boxed(),
    ]
}

/// Bytes of a value: often blanks, newlines and the like.
fn value(least: u8) -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![6 => b'a'..=b'z', 2 => select(&b" \t\n\r\x0b\x0c="[..]), 1 => least..=255];
    let blanks = vec(select(&b" \t\n\r"[..]), 0..3);
    (vec(byte, 0..40), blanks).prop_map(|(value, blanks)| [value, blanks].concat())
}

/// What stands before the `=`, mostly good.
fn field_name(least: u8) -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        12 => select(&["A", "MESSAGE", "PRIORITY", "X_Y", "SYSLOG_IDENTIFIER", "_PID", "lower", "1A", "CODE_FUNC"][..])
            .prop_map(|name| name.as_bytes().to_vec()),
        1 => vec(least..=255, 0..5),
        1 => select(&["", "SYSLOG_IDENTIFIE", "SYSLOG_IDENTIFIERS", "A\n", " A"][..]).prop_map(|name| name.as_bytes().to_vec()),
    ]
}

/// A whole field without `%`; now and then the `=` is missing.
fn field(least: u8) -> impl Strategy<Value = Vec<u8>> {
    let equals = prop_oneof![30 => Just(&b"="[..]), 1 => Just(&b""[..])];
    (field_name(least), equals, value(least)).prop_map(|(name, equals, value)| {
        let whole = [&name[..], equals, &value[..]].concat();
        whole.into_iter().map(|byte| if byte == b'%' { b'&' } else { byte }).collect()
    })
}

/// As the probe reads it, with one byte repeated very often now and then.
fn given_field() -> impl Strategy<Value = String> {
    prop_oneof![
        20 => field(0).prop_map(|field| text(&field)),
        1 => (0..9000_usize, any::<u8>()).prop_map(|(count, byte)| format!("=A=|{count}*{byte:02x}")),
        1 => (4000..4200_usize).prop_map(|count| format!("=A=|{count}*62")),
    ]
}

/// Behind a function's name, and after it.
fn location() -> impl Strategy<Value = Option<String>> {
    let part = |name: &'static str| {
        prop_oneof![8 => value(1).prop_map(move |value| text(&[name.as_bytes(), b"=", &value].concat())),
                    1 => field(1).prop_map(|field| text(&field))]
    };
    let function = value(1).prop_map(|function| text(&function));
    proptest::option::of(
        (part("CODE_FILE"), part("CODE_LINE"), function)
            .prop_map(|(file, line, function)| format!("{file} {line} {function}")),
    )
}

fn called(function: &str, location: Option<&str>) -> String {
    match location {
        Some(location) => format!("{function}_with_location {location}"),
        None => function.to_owned(),
    }
}

fn sendv() -> impl Strategy<Value = String> {
    (location(), vec(given_field(), 0..14), 0..30_usize).prop_map(|(location, fields, fewer)| {
        let count = if fewer == 0 { fields.len() / 2 } else { fields.len() };
        format!("{} {count} {}", called("sd_journal_sendv", location.as_deref()), fields.join(" "))
    })
}

/// The same field very often: around the limit of pieces.
fn many() -> impl Strategy<Value = String> {
    prop_oneof![
        (505..516_usize, select(&["=A=b", "=SYSLOG_IDENTIFIER=b", "=A="][..])),
        (200..208_usize, select(&["=A=|x0a", "=SYSLOG_IDENTIFIER=|x0a|=b"][..])),
        (1..1100_usize, select(&["=A=b", "=LONGER_NAME=|200*61"][..])),
    ]
    .prop_map(|(count, field)| format!("many {count} {field}"))
}

fn large() -> impl Strategy<Value = String> {
    let size = prop_oneof![4_100_000..4_400_000_usize, 4_263_000..4_264_000_usize, 1..9_000_000_usize];
    (size, select(&["", "|x0a"][..])).prop_map(|(size, end)| format!("sd_journal_sendv 2 =A=|{size}*61{end} =B=c"))
}

fn perror() -> impl Strategy<Value = String> {
    let message = prop_oneof![
        6 => value(1).prop_map(|message| text(&message)).boxed(),
        1 => select(&["-", "x", "5000*61", "4060*61"][..]).prop_map(str::to_owned).boxed(),
        1 => (4040..4100_usize).prop_map(|count| format!("{count}*61")).boxed(),
    ];
    (location(), message)
        .prop_map(|(location, message)| format!("{} {message}", called("sd_journal_perror", location.as_deref())))
}

/// A piece of a format, and the arguments that it takes.
fn piece() -> impl Strategy<Value = (String, String)> {
    let string = prop_oneof![
        10 => value(1).prop_map(|value| text(&value)).boxed(),
        1 => (0..5000_usize).prop_map(|count| format!("{count}*61")).boxed(),
        1 => (4080..4100_usize).prop_map(|count| format!("{count}*20")).boxed(),
    ];
    let plain = select(&["", "-", "0", "+", " ", "#", "8", "-8", "08", "'", ".3", "12.5"][..]);
    let integer =
        (plain.clone(), select(&["", "h", "hh"][..]), select(&["d", "i", "u", "x", "X", "o"][..]), any::<i32>());
    let long = (plain.clone(), select(&["l", "z", "t", "j"][..]), select(&["d", "u", "x"][..]), any::<i64>());
    // Conversions for which ours has no need of printf().
    let numbers =
        prop_oneof![any::<i64>(), -1_000..1_000_i64, select(vec![i64::MIN, i64::MAX, i32::MIN.into(), -1, 0])];
    let short = (select(&["d", "i", "u"][..]), numbers.clone())
        .prop_map(|(kind, number)| (format!("%{kind}"), format!(" i:{}", number as i32)));
    let wide = (select(&["l", "z"][..]), select(&["d", "i", "u"][..]), numbers)
        .prop_map(|(size, kind, number)| (format!("%{size}{kind}"), format!(" l:{number}")));
    let double = (plain.clone(), select(&["f", "e", "g", "G", "a"][..]), -1e9_f64..1e9);
    prop_oneof![
        8 => string.clone().prop_map(|text| ("%s".to_owned(), format!(" {text}"))),
        6 => short,
        4 => wide,
        4 => (select(&["", "-", "20", "-20", ".5"][..]), string).prop_map(|(how, text)| (format!("%{how}s"), format!(" {text}"))),
        4 => integer.prop_map(|(how, size, kind, number)| (format!("%{how}{size}{kind}"), format!(" i:{number}"))),
        2 => long.prop_map(|(how, size, kind, number)| (format!("%{how}{size}{kind}"), format!(" l:{number}"))),
        1 => any::<i64>().prop_map(|number| ("%lld".to_owned(), format!(" L:{number}"))),
        2 => double.clone().prop_map(|(how, kind, number)| (format!("%{how}{kind}"), format!(" d:{number:e}"))),
        1 => double.prop_map(|(how, kind, number)| (format!("%{how}L{kind}"), format!(" D:{number:e}"))),
        1 => (0..300_i32).prop_map(|character| ("%c".to_owned(), format!(" i:{character}"))),
        1 => (-30..30_i32, any::<i32>()).prop_map(|(width, number)| ("%*d".to_owned(), format!(" i:{width} i:{number}"))),
        1 => (-3..9_i32).prop_map(|most| ("%.*s".to_owned(), format!(" i:{most} =some_text"))),
        1 => Just(("%m".to_owned(), String::new())),
        1 => Just(("%%".to_owned(), String::new())),
        3 => select(&["", "plain", " ", "\n", "a=b", "\u{e9}"][..]).prop_map(|piece| (piece.to_owned(), String::new())),
    ]
}

/// A format with its arguments, behind some bytes.
fn format(before: Vec<u8>, pieces: &[(String, String)]) -> String {
    let mut bytes = before;
    let mut arguments = String::new();
    for (piece, of_piece) in pieces {
        bytes.extend(piece.as_bytes());
        arguments += of_piece;
    }
    text(&bytes) + &arguments
}

fn print() -> impl Strategy<Value = String> {
    let priority = prop_oneof![9 => 0..8_i32, 1 => any::<i32>(), 1 => select(&[-1, 8, 9][..])];
    let function = select(&["sd_journal_print", "sd_journal_printv"][..]);
    (function, priority, location(), vec(piece(), 0..6)).prop_map(|(function, priority, location, pieces)| {
        let format = format(Vec::new(), &pieces);
        match location {
            Some(location) => format!("{function}_with_location {priority} {location} {format}"),
            None => format!("{function} {priority} {format}"),
        }
    })
}

fn send() -> impl Strategy<Value = String> {
    let whole = (field_name(1), vec(piece(), 0..5)).prop_map(|(mut name, pieces)| {
        name.iter_mut().for_each(|byte| *byte = if *byte == b'%' { b'&' } else { *byte });
        name.push(b'=');
        format(name, &pieces)
    });
    let one = prop_oneof![4 => whole.boxed(), 1 => field(1).prop_map(|field| text(&field)).boxed()];
    let count = prop_oneof![20 => 1..8_usize, 1 => 30..40_usize];
    let formats = count.prop_flat_map(move |count| vec(one.clone(), count));
    (location(), formats).prop_map(|(location, formats)| {
        format!("{} {}", called("sd_journal_send", location.as_deref()), formats.join(" "))
    })
}
