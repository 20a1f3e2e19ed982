//! The value of `ExecStart=`, and the expansion of its variables.
#![forbid(unsafe_code)]

use super::specifier::Specifiers;
use super::words::{self, WHITESPACE};

#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Command {
    /// The file to execute; the first argument may be a different name.
    pub path: Vec<u8>,
    pub arguments: Vec<Vec<u8>>,
    /// Whether failure is ignored (`-`).
    pub ignores_failure: bool,
    /// Whether variables are not expanded (`:`).
    pub is_literal: bool,
    /// A prefix that is not emulated, about privileges.
    pub privileged: Option<char>,
}

/// Reads a command line; the error says what is wrong with it.
pub fn parse(value: &str, specifiers: &Specifiers) -> Result<Command, String> {
    let (word, mut rest) = words::first(value.as_bytes())?.ok_or("no command")?;
    let mut command = Command::default();
    let mut path = word.as_slice();
    let mut named = false;
    while let Some((&prefix, after)) = path.split_first() {
        match prefix {
            b'-' => command.ignores_failure = true,
            b'@' => named = true,
            b':' => command.is_literal = true,
            b'+' | b'!' | b'|' => command.privileged = Some(char::from(prefix)),
            _ => break,
        }
        path = after;
    }
    command.path = specifiers.expand(path);
    if command.path.is_empty() || command.path.ends_with(b"/") {
        return Err("no program path".into());
    }
    if !named {
        command.arguments.push(command.path.clone());
    }
    while !rest.is_empty() {
        let ends = |length: usize| rest.get(length).is_none_or(|byte| WHITESPACE.contains(byte));
        if rest.starts_with(b";") && ends(1) {
            return Err("several commands (;), allowed only with Type=oneshot".into());
        }
        if rest.starts_with(b"\\;") && ends(2) {
            command.arguments.push(b";".to_vec());
            rest = rest[2..].trim_ascii_start();
            continue;
        }
        let Some((word, after)) = words::first(rest)? else { break };
        command.arguments.push(specifiers.expand(&word));
        rest = after;
    }
    if command.arguments.is_empty() {
        return Err("@ without a name for the program".into());
    }
    Ok(command)
}

/// The arguments with their variables replaced: `$NAME` as a whole word by the words of its value, `${NAME}` anywhere
/// by its value, `$$` by `$`. Also returns the names of unset variables, which expand to nothing.
pub fn substitute(arguments: &[Vec<u8>], get: &dyn Fn(&[u8]) -> Option<Vec<u8>>) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
    let mut unset = Vec::new();
    let mut value = |name: &[u8]| {
        get(name).unwrap_or_else(|| {
            unset.push(name.to_vec());
            Vec::new()
        })
    };
    let mut substituted = Vec::new();
    for argument in arguments {
        match argument.strip_prefix(b"$") {
            Some(name) if !name.is_empty() && !name.starts_with(b"{") && !name.starts_with(b"$") => {
                let value = value(name);
                // Without balanced quotes there are none.
                let split = || value.split(|byte| WHITESPACE.contains(byte)).filter(|word| !word.is_empty());
                substituted.extend(words::all(&value).unwrap_or_else(|_| split().map(<[u8]>::to_vec).collect()));
            }
            _ => substituted.push(replace(argument, &mut value)),
        }
    }
    (substituted, unset)
}

fn replace(text: &[u8], value: &mut dyn FnMut(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let mut replaced = Vec::new();
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        let braced = after.strip_prefix(b"{").and_then(|after| {
            let end = after.iter().position(|byte| *byte == b'}')?;
            Some((&after[..end], &after[end + 1..])).filter(|(name, _)| is_name(name))
        });
        rest = match (byte, braced) {
            (b'$', Some((name, after))) => {
                replaced.extend(value(name));
                after
            }
            (b'$', None) if after.starts_with(b"$") => {
                replaced.push(b'$');
                &after[1..]
            }
            _ => {
                replaced.push(byte);
                after
            }
        };
    }
    replaced
}

/// Whether this is a valid variable name.
pub fn is_name(name: &[u8]) -> bool {
    name.first().is_some_and(|first| !first.is_ascii_digit())
        && name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(words: &[Vec<u8>]) -> Vec<String> {
        words.iter().map(|word| String::from_utf8_lossy(word).into_owned()).collect()
    }

    fn read(value: &str) -> Result<Vec<String>, String> {
        let command = parse(value, &Specifiers::new("a@b.service", Vec::new()))?;
        Ok([vec![command.path], command.arguments].iter().flat_map(|words| text(words)).collect())
    }

    #[test]
    fn commands() {
        let good = |words: &[&str]| Ok(words.iter().map(|word| (*word).to_owned()).collect());
        assert_eq!(read("/bin/x 'a b' %i%% \\; ';'"), good(&["/bin/x", "/bin/x", "a b", "b%", ";", ";"]));
        assert_eq!(read("-:@/bin/%p name 1"), good(&["/bin/a", "name", "1"]));
        for bad in ["", "''", "-", "/bin/", "@/bin/x", "/bin/x ; /bin/y", "/bin/x 'a"] {
            assert!(read(bad).is_err(), "{bad}");
        }
        let command = parse("!-/bin/x", &Specifiers::default()).expect("good");
        assert_eq!((command.privileged, command.ignores_failure), (Some('!'), true));
    }

    #[test]
    fn variables() {
        let get = |name: &[u8]| match name {
            b"ONE" => Some(b"a 'b c' d".to_vec()),
            b"ODD" => Some(b"it's x".to_vec()),
            _ => None,
        };
        let arguments =
            ["$ONE", "${ONE}", "x${ONE}y", "$$ONE", "x$ONE", "$ODD", "${NO}", "$NO", "${1}", "$", "${", "$$"];
        let arguments: Vec<Vec<u8>> = arguments.iter().map(|word| word.as_bytes().to_vec()).collect();
        let (substituted, unset) = substitute(&arguments, &get);
        assert_eq!(
            text(&substituted),
            ["a", "b c", "d", "a 'b c' d", "xa 'b c' dy", "$ONE", "x$ONE", "it's", "x", "", "${1}", "$", "${", "$"]
        );
        assert_eq!(text(&unset), ["NO", "NO"]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_value_is_read_or_refused(value in "[-@:+!$%{}; '\"\\\\/a-cN0]{0,30}|\\PC*") {
            if let Ok(command) = parse(&value, &Specifiers::new("a@b.service", Vec::new())) {
                prop_assert!(!command.arguments.is_empty() && !command.path.is_empty());
                let _ = substitute(&command.arguments, &|_| None);
            }
        }
    }
}
