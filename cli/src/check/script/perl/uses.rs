//! What a Perl source loads, read statement by statement. Text in a string that only looks like a statement may count
//! as one: better too much than too little. Pure.
#![forbid(unsafe_code)]

use crate::check::script::language::literal;
use std::collections::{BTreeMap, BTreeSet};

/// The most bytes of a statement to read.
const LINES: usize = 64;

#[derive(Default, PartialEq, Eq, Debug)]
pub struct Uses {
    /// Modules, each with whether the text does without it.
    pub modules: BTreeMap<String, bool>,
    /// Other files: `require "x.pl"`.
    pub files: BTreeSet<String>,
    /// What `use lib` names.
    pub lib: Vec<String>,
    /// Something is loaded by a name that is computed.
    pub computed: bool,
}

/// Reads a text.
pub fn scan(text: &str) -> Uses {
    let mut found = Uses::default();
    let mut is_pod = false;
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.starts_with('=') && line[1..].starts_with(|c: char| c.is_ascii_alphabetic()) {
            is_pod = !line.starts_with("=cut");
            continue;
        }
        if matches!(line.trim_end(), "__END__" | "__DATA__") {
            break;
        }
        let code = without_comment(line);
        // Whatever loads a module by name has its name somewhere.
        if !is_pod && code.contains("::") {
            texts(code).iter().filter(|text| is_class(text)).for_each(|text| found.add(text, true));
        }
        if is_pod || !["use", "no", "require", "load", "bootstrap"].iter().any(|word| code.contains(word)) {
            continue;
        }
        let optional = code.starts_with([' ', '\t']);
        let mut statement = code.trim().to_owned();
        for next in lines.by_ref().take(if is_open(&statement) { LINES } else { 0 }) {
            statement.push(' ');
            statement.push_str(without_comment(next).trim());
            if statement.contains(';') {
                break;
            }
        }
        found.statement(&statement, optional);
    }
    found
}

/// Whether a `use` goes on in the next line.
fn is_open(statement: &str) -> bool {
    statement.starts_with("use ") && !statement.contains(';')
}

fn without_comment(line: &str) -> &str {
    let comment = line.match_indices('#').find(|(at, _)| *at == 0 || line[..*at].ends_with([' ', '\t', ';']));
    comment.map_or(line, |(at, _)| &line[..at])
}

impl Uses {
    fn statement(&mut self, statement: &str, optional: bool) {
        for part in statement.split([';', '{', '}']) {
            let part = part.trim();
            if let Some(rest) = part.strip_prefix("use ").or_else(|| part.strip_prefix("no ")) {
                self.use_module(rest.trim_start(), optional || statement.contains("eval"));
            }
        }
        for word in
            ["require ", "require_module", "use_module", "load_class", "try_load_class", "XSLoader::load", "bootstrap "]
        {
            for (at, _) in statement.match_indices(word) {
                let is_word =
                    !statement[..at].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | ':' | '$' | '>'));
                if is_word && !statement[..at].trim_end().ends_with("sub") {
                    self.call(word, statement[at + word.len()..].trim_start());
                }
            }
        }
    }

    fn use_module(&mut self, rest: &str, optional: bool) {
        let (name, list) = rest.split_at(rest.find(|c: char| !is_letter(c)).unwrap_or(rest.len()));
        match name {
            "lib" => self.lib.extend(texts(list)),
            "parent" | "base" | "aliased" => {
                self.add("parent", optional);
                texts(list).iter().filter(|it| !it.starts_with('-')).for_each(|it| self.add(it, optional));
            }
            "if" => {
                if let Some((_, module)) = list.split_once(',') {
                    let module = module.trim_start();
                    let name = literal(module).unwrap_or_else(|| module.split(|c| !is_letter(c)).next().unwrap_or(""));
                    self.add(name, true);
                }
            }
            _ => self.add(name, optional),
        }
    }

    fn call(&mut self, word: &str, rest: &str) {
        let rest = rest.trim_start_matches(['(', ' ']);
        let name = literal(rest).unwrap_or_else(|| rest.split(|c| !is_letter(c)).next().unwrap_or(""));
        match name {
            // XSLoader::load() of the current package.
            "" | "__PACKAGE__" => self.computed |= rest.starts_with('$') && !word.starts_with(['X', 'b']),
            name if name.contains(['/', '.']) => drop(self.files.insert(name.to_owned())),
            name => self.add(name, true),
        }
    }

    fn add(&mut self, name: &str, optional: bool) {
        let is_version = name.strip_prefix('v').unwrap_or(name).starts_with(|c: char| c.is_ascii_digit());
        let is_name =
            !name.is_empty() && name.split("::").all(|part| !part.is_empty() && !part.contains([':', '/', '\0']));
        if is_name && !is_version && name.len() < 256 {
            *self.modules.entry(name.to_owned()).or_insert(true) &= optional;
        }
    }
}

/// `A::B`, as many names of modules are.
fn is_class(text: &str) -> bool {
    text.contains("::") && text.chars().all(is_letter) && text.starts_with(|c: char| c.is_ascii_uppercase())
}

fn is_letter(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | ':')
}

/// The texts in a list: in quotes, or `qw(WORDS)`.
fn texts(list: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = list;
    while let Some(at) = rest.find(['\'', '"', 'q']) {
        rest = &rest[at..];
        if let Some(words) = rest.strip_prefix("qw") {
            let words = words.trim_start();
            let Some(open) = words.chars().next() else { break };
            let close = match open {
                '(' => ')',
                '[' => ']',
                '{' => '}',
                '<' => '>',
                other => other,
            };
            let (words, after) = words[open.len_utf8()..].split_once(close).unwrap_or((&words[open.len_utf8()..], ""));
            found.extend(words.split_whitespace().map(str::to_owned));
            rest = after;
        } else if let Some(text) = literal(rest) {
            found.push(text.to_owned());
            rest = &rest[text.len() + 2..];
        } else {
            rest = &rest[1..];
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzzing::{bounded, config, text};
    use proptest::prelude::*;

    fn modules(text: &str) -> Vec<String> {
        let show = |(name, optional): (&String, &bool)| format!("{name}{}", if *optional { "?" } else { "" });
        scan(text).modules.iter().map(show).collect()
    }

    #[test]
    fn statements() {
        for (text, expected) in [
            ("use strict; use Foo::Bar qw(a b);", &["Foo::Bar", "strict"][..]),
            ("use v5.36; use 5.010; no warnings 'once';", &["warnings"]),
            ("use parent -norequire, 'A', qw(B::C D);", &["A", "B::C", "D", "parent"]),
            ("use parent qw(\n  A\n  B\n);\nuse X;", &["A", "B", "X", "parent"]),
            ("  require Foo; # require Bar", &["Foo?"]),
            ("eval { require Foo::Bar; 1 } or die", &["Foo::Bar?"]),
            ("eval 'use Foo; 1';\neval { use Bar };", &["Bar?"]),
            ("use if $] > 5, 'Foo' => 1;\nuse if X, Bar => 1;", &["Bar?", "Foo?"]),
            ("=head1 X\n\nuse No;\n\n=cut\n\nuse Yes;\n__END__\nuse No;", &["Yes"]),
            ("XSLoader::load('Foo::Bar', $VERSION);", &["Foo::Bar?"]),
            ("bootstrap Foo $VERSION;", &["Foo?"]),
            ("maybe_load('Foo::XS'); 'no::module', 'A B::C'; # 'X::Y'", &["Foo::XS?"]),
            ("sub require_module { $_[0] }\n$x->require_module($y); # use X", &[]),
        ] {
            assert_eq!(modules(text), expected, "{text}");
        }
    }

    #[test]
    fn other_files_and_places() {
        let found = scan("require \"lib/x.pl\"; use lib qw(/opt/x), '/y';\nuse lib \"$FindBin::Bin/../lib\";");
        assert_eq!(found.files, BTreeSet::from(["lib/x.pl".to_owned()]));
        assert_eq!(found.lib, ["/opt/x", "/y", "$FindBin::Bin/../lib"]);
    }

    #[test]
    fn what_cannot_be_seen() {
        assert!(scan("require $file;").computed);
        assert!(scan("use_module($name);").computed);
        assert!(!scan("require 5.010; XSLoader::load($x); XSLoader::load();").computed);
    }

    const KNOWN: &[&str] = &[
        "use ",
        "no ",
        "require ",
        "A::B",
        "::",
        ";",
        "{",
        "}",
        "qw(",
        ")",
        "qw",
        "q",
        "'",
        "\"",
        "\n",
        "=head1\n",
        "=cut\n",
        "=",
        "__END__\n",
        "#",
        "parent ",
        "lib ",
        "if ",
        ",",
        "$x",
        "XSLoader::load",
        "bootstrap ",
        "(",
        " ",
        "\u{e9}",
        "\0",
    ];

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn fuzz_any_text(text in text(KNOWN)) {
            let found = bounded(|| scan(&text));
            prop_assert!(found.modules.len() + found.files.len() + found.lib.len() <= text.len());
        }
    }
}
