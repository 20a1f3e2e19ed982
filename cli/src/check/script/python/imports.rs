//! What a Python source imports, read line by line. Text in a string that only looks like an import may count as one:
//! better too much than too little. Pure.
#![forbid(unsafe_code)]

use crate::check::script::language::literal;

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Import {
    /// The number of dots before the name.
    pub level: usize,
    pub module: String,
    /// Of `from MODULE import NAMES`: they may be modules too.
    pub names: Vec<String>,
    /// Whether it is nested: in a `try`, in a function.
    pub optional: bool,
}

#[derive(Default, PartialEq, Eq, Debug)]
pub struct Imports {
    pub imports: Vec<Import>,
    /// Whether something is imported by a computed name.
    pub computed: bool,
    /// Literals that are put into `sys.path`.
    pub paths: Vec<String>,
}

/// Reads a text.
pub fn scan(text: &str) -> Imports {
    let mut found = Imports::default();
    let mut inside: Option<&str> = None;
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let code = without_strings(line, &mut inside);
        let optional = code.starts_with([' ', '\t']);
        let mut statement = code.trim().to_owned();
        if !may_import(&statement) {
            continue;
        }
        // To the end of the statement: a line break in brackets or after a backslash does not end it.
        let mut open = open_brackets(&statement);
        while statement.ends_with('\\') || open > 0 {
            let Some(next) = lines.next() else { break };
            let next = without_strings(next, &mut inside);
            open += open_brackets(&next);
            statement.truncate(statement.trim_end_matches('\\').len());
            statement.push(' ');
            statement.push_str(next.trim());
            if statement.len() > 1 << 16 {
                break;
            }
        }
        found.statement(&statement, optional);
    }
    found
}

fn may_import(code: &str) -> bool {
    ["import", "sys.path"].iter().any(|word| code.contains(word))
}

/// One line without comments and without triple-quoted strings, which may span lines.
fn without_strings<'a>(line: &'a str, inside: &mut Option<&'static str>) -> std::borrow::Cow<'a, str> {
    if inside.is_none() && !line.contains(['#', '"', '\'']) {
        return line.into();
    }
    let mut code = String::new();
    let mut rest = line;
    loop {
        if let Some(quotes) = *inside {
            let Some((_, after)) = rest.split_once(quotes) else { return code.into() };
            *inside = None;
            rest = after;
        }
        let mut one: Option<char> = None;
        let mut end = None;
        let mut escaped = false;
        for (at, c) in rest.char_indices() {
            match (c, one) {
                _ if escaped => escaped = false,
                ('\\', Some(_)) => escaped = true,
                (c, Some(open)) if c == open => one = None,
                (_, Some(_)) => {}
                ('#', None) => {
                    code.push_str(&rest[..at]);
                    return code.into();
                }
                ('"' | '\'', None) => {
                    let quotes = if c == '"' { "\"\"\"" } else { "'''" };
                    if rest[at..].starts_with(quotes) {
                        end = Some((at, quotes));
                        break;
                    }
                    one = Some(c);
                }
                _ => {}
            }
        }
        match end {
            Some((at, quotes)) => {
                code.push_str(&rest[..at]);
                *inside = Some(quotes);
                rest = &rest[at + quotes.len()..];
            }
            None => {
                code.push_str(rest);
                return code.into();
            }
        }
    }
}

fn open_brackets(code: &str) -> isize {
    code.matches('(').count() as isize - code.matches(')').count() as isize
}

impl Imports {
    fn statement(&mut self, statement: &str, optional: bool) {
        for part in statement.split(';') {
            let part = part.trim();
            // `try: import x`
            let (optional, part) = match part.split_once(": ") {
                Some((_, after)) if after.starts_with("import ") || after.starts_with("from ") => (true, after),
                _ => (optional, part),
            };
            if let Some(names) = part.strip_prefix("import ") {
                for name in names.split(',') {
                    self.add(name, &[], optional);
                }
            } else if let Some((module, names)) = part.strip_prefix("from ").and_then(|rest| rest.split_once("import"))
            {
                let names: Vec<&str> = names.trim().trim_matches(['(', ')']).split(',').collect();
                self.add(module, &names, optional);
            }
        }
        for call in ["import_module(", "__import__("] {
            for (at, _) in statement.match_indices(call) {
                match literal(&statement[at + call.len()..]) {
                    Some(name) if !name.starts_with('.') => self.add(name, &[], true),
                    _ => self.computed |= !statement.starts_with("def "),
                }
            }
        }
        for call in ["sys.path.insert(", "sys.path.append("] {
            for (at, _) in statement.match_indices(call) {
                let arguments = &statement[at + call.len()..];
                let last =
                    arguments.split_once(',').filter(|_| call.contains("insert")).map_or(arguments, |(_, it)| it);
                self.paths.extend(literal(last).map(str::to_owned));
            }
        }
    }

    fn add(&mut self, module: &str, names: &[&str], optional: bool) {
        let first = |text: &str| text.split_whitespace().next().unwrap_or_default().to_owned();
        let module = first(module);
        let name = module.trim_start_matches('.');
        let level = module.len() - name.len();
        let is_name = |text: &str| text.split('.').all(|part| !part.is_empty() && part.chars().all(is_letter));
        if (name.is_empty() && level == 0) || !(name.is_empty() || is_name(name)) {
            return;
        }
        let names = names.iter().map(|name| first(name)).filter(|name| is_name(name)).collect();
        self.imports.push(Import { level, module: name.to_owned(), names, optional });
    }
}

fn is_letter(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzzing::{bounded, config, text};
    use proptest::prelude::*;

    fn imported(text: &str) -> Vec<String> {
        let show = |import: &Import| {
            let dots = ".".repeat(import.level);
            let optional = if import.optional { "?" } else { "" };
            format!("{dots}{} {}{optional}", import.module, import.names.join(","))
        };
        scan(text).imports.iter().map(show).collect()
    }

    #[test]
    fn statements() {
        for (text, expected) in [
            ("import a.b as c, d", &["a.b ", "d "][..]),
            ("from a.b import c as d, e  # import f", &["a.b c,e"]),
            ("from . import x\nfrom ..y import (z,\n  w)\n", &[". x", "..y z,w"]),
            ("from a import b, \\\n  c", &["a b,c"]),
            ("try: import a\nexcept ImportError:\n  import b\n", &["a ?", "b ?"]),
            ("x = 1; import a", &["a "]),
            ("\"\"\"\nimport no\n\"\"\"\nimport yes", &["yes "]),
            ("x = '''import no''' ; import yes", &["yes "]),
            ("s = 'it''s # not a comment'; import yes", &["yes "]),
            ("import_module('a.b')\n__import__(\"c\")", &["a.b ?", "c ?"]),
            ("important = 1\nfrom here, we import: nothing", &[]),
        ] {
            assert_eq!(imported(text), expected, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_seen() {
        assert!(scan("importlib.import_module(name)").computed);
        assert!(scan("x = __import__(f'{a}.b')").computed);
        assert!(!scan("import_module('a')\ndef import_module(name): pass").computed);
    }

    #[test]
    fn paths() {
        assert_eq!(scan("sys.path.insert(0, '/opt/x')\nsys.path.append(\"/y\")").paths, ["/opt/x", "/y"]);
        assert_eq!(scan("sys.path.insert(0, os.path.dirname(x))").paths, Vec::<String>::new());
    }

    const KNOWN: &[&str] = &[
        "import ",
        "from ",
        "a.b",
        " as ",
        ",",
        "(",
        ")",
        "\\",
        "\n",
        "'''",
        "\"\"\"",
        "'",
        "\"",
        "#",
        ";",
        "import_module(",
        "__import__(",
        "sys.path.insert(0, ",
        "sys.path.append(",
        ".",
        "..",
        ": ",
        " ",
        "\u{e9}",
        "\0",
    ];

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn fuzz_any_text(text in text(KNOWN)) {
            let found = bounded(|| scan(&text));
            prop_assert!(found.imports.len() + found.paths.len() <= text.len());
        }
    }
}
