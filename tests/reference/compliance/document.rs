//! COMPAT.md and docs/compatibility.md: made from the cases and what they came to, and compared with the files in the tree.

use crate::outcome::{Outcomes, Transcript, is_missing};
use crate::readable::answers;
use crate::record::Records;
use sdnotify_tests::case::{Case, Difference};
use sdnotify_tests::library::Library;
use sdnotify_tests::tree::top;
use std::fmt::Write;

/// From here on COMPAT.md belongs to another test.
const FOREIGN: &str = "\n## Unmodified daemons";

/// What one case came to: the reference's answers, and those of the columns.
struct Row<'a> {
    case: &'a Case,
    reference: Transcript,
    columns: Vec<(String, Transcript)>,
}

/// Compares, and leaves what the files should be in target/compat/.
pub fn check(cases: &[Case], results: &[&Outcomes], records: &Records) -> Result<(), String> {
    let reference = records.reference();
    let rows = cases.iter().zip(results).map(|(case, outcomes)| row(case, outcomes, records));
    let rows: Vec<Row> = rows.collect::<Result<_, _>>()?;
    let overview = overview(&rows, reference);
    let file = std::fs::read_to_string(top().join("COMPAT.md")).unwrap_or_default();
    let foreign = file.find(FOREIGN).map_or("", |start| &file[start..]);

    let mut wrong = Vec::new();
    for (name, text) in [("COMPAT.md", overview + foreign), ("docs/compatibility.md", matrix(&rows, reference))] {
        let better = top().join("target/compat").join(name);
        let written = std::fs::create_dir_all(better.parent().expect("it has one"));
        let written = written.and_then(|()| std::fs::write(&better, &text));
        written.map_err(|error| format!("{}: {error}", better.display()))?;
        if std::fs::read_to_string(top().join(name)).unwrap_or_default() != text {
            wrong.push(format!(
                "{name} is not what this run says: `make compat` writes it; diff {name} target/compat/{name}"
            ));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}

fn row<'a>(case: &'a Case, outcomes: &Outcomes, records: &Records) -> Result<Row<'a>, String> {
    let mut columns = Vec::new();
    for release in records.older() {
        columns.push((release.to_string(), records.answers(release, case)?));
    }
    for (name, library) in [("ours", Library::Ours), ("drop-in", Library::DropIn)] {
        columns.push((name.to_owned(), outcomes[&library].clone()));
    }
    Ok(Row { case, reference: records.answers(records.reference(), case)?, columns })
}

impl Row<'_> {
    fn column(&self, name: &str) -> &Transcript {
        &self.columns.iter().find(|(column, _)| column == name).expect("a difference is that of a column").1
    }

    fn cell(&self, name: &str) -> &'static str {
        let transcript = self.column(name);
        if is_missing(transcript) {
            "-"
        } else if *transcript == self.reference {
            "="
        } else {
            "≠"
        }
    }
}

fn is_of_ours(difference: &Difference) -> bool {
    difference.who.contains(&"ours") || difference.who.contains(&"drop-in")
}

/// What differs: ours in sentences, older releases of libsystemd in a table.
fn overview(rows: &[Row], reference: u32) -> String {
    let mut text = include_str!("preface.md").replace("{reference}", &reference.to_string());
    let known: Vec<(&Row, &Difference)> =
        rows.iter().flat_map(|row| row.case.differences.iter().map(move |difference| (row, difference))).collect();

    write!(text, "\n## Where libsdnotify differs from {reference}\n").expect("a string grows");
    let mut reasons: Vec<&str> = Vec::new();
    for (_, difference) in known.iter().filter(|(_, difference)| is_of_ours(difference)) {
        if reasons.contains(&difference.why) {
            continue;
        }
        reasons.push(difference.why);
        write!(text, "\n- {}.\n", capitalised(difference.why)).expect("a string grows");
        for (row, difference) in known.iter().filter(|(_, other)| is_of_ours(other) && other.why == difference.why) {
            let column = if difference.who.contains(&"ours") { "ours" } else { "drop-in" };
            let (ours, theirs) = answers(row.column(column), &row.reference);
            let Case { function, title, .. } = row.case;
            writeln!(text, "  - `{function}()`, {title}: {reference} answers {theirs}, libsdnotify {ours}.")
                .expect("a string grows");
        }
    }

    write!(text, "\n## Where older releases of libsystemd differ from {reference}\n\n").expect("a string grows");
    write!(
        text,
        "| function | case | release | {reference} answers | that release answers | why |\n|---|---|---|---|---|---|\n"
    )
    .expect("a string grows");
    for (row, difference) in known {
        let who: Vec<&str> = difference.who.iter().copied().filter(|who| !matches!(*who, "ours" | "drop-in")).collect();
        let Some(first) = who.first() else { continue };
        let (theirs, expected) = answers(row.column(first), &row.reference);
        let Case { function, title, .. } = row.case;
        writeln!(text, "| {function} | {title} | {} | {expected} | {theirs} | {} |", who.join(", "), difference.why)
            .expect("a string grows");
    }
    text
}

/// As the first word of a sentence, but for a name that is always written small.
fn capitalised(text: &str) -> String {
    if text.starts_with("libsystemd ") {
        return text.to_owned();
    }
    let (first, rest) = text.split_at(text.chars().next().map_or(0, char::len_utf8));
    first.to_uppercase() + rest
}

/// Every case, and who answers it like the reference.
fn matrix(rows: &[Row], reference: u32) -> String {
    let names: Vec<&str> =
        rows[0].columns.iter().map(|(name, _)| name.as_str()).filter(|name| *name != "drop-in").collect();
    let mut text = include_str!("matrix.md").replace("{reference}", &reference.to_string());
    let mut functions: Vec<&str> = Vec::new();
    for row in rows {
        if !functions.contains(&row.case.function) {
            functions.push(row.case.function);
        }
    }
    for function in functions {
        let (heads, rule) = (names.join(" | "), "---|".repeat(names.len()));
        write!(text, "\n## {function}\n\n| case | {heads} |\n|---|{rule}\n").expect("a string grows");
        for row in rows.iter().filter(|row| row.case.function == function) {
            let cells = names.iter().map(|name| match *name {
                "ours" if row.cell("ours") != row.cell("drop-in") => "?",
                name => row.cell(name),
            });
            let cells = cells.collect::<Vec<_>>().join(" | ");
            writeln!(text, "| {} | {cells} |", row.case.title).expect("a string grows");
        }
    }
    text
}
