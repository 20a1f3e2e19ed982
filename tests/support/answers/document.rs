//! A part of COMPAT.md, and the list of all cases: made from the cases and what they came to, and compared with the files in
//! the tree.

use super::outcome::{Outcomes, Transcript, is_missing};
use super::readable::answers;
use super::record::Records;
use crate::case::{Case, Difference};
use crate::library::Library;
use crate::tree::top;
use std::fmt::Write;

/// What a table's documents are. In the texts `{reference}` is the release that ours is compared with.
pub struct Document {
    /// What COMPAT.md says first.
    pub preface: &'static str,
    /// The mark of its headings behind that.
    pub heading: &'static str,
    /// How the part of the next test begins, or the next but one, as they stand in COMPAT.md.
    pub next: &'static [&'static str],
    /// The file that lists the cases, and what it says first.
    pub list: &'static str,
    pub list_preface: &'static str,
}

/// What one case came to: the reference's answers, and those of the columns.
struct Row<'a> {
    case: &'a Case,
    reference: Transcript,
    columns: Vec<(String, Transcript)>,
}

/// Compares, and leaves what the files should be in target/compat/.
impl Document {
    pub fn check(&self, cases: &[Case], results: &[&Outcomes], records: &Records) -> Result<(), String> {
        let reference = records.reference();
        let rows = cases.iter().zip(results).map(|(case, outcomes)| row(case, outcomes, records));
        let rows: Vec<Row> = rows.collect::<Result<_, _>>()?;
        let file = std::fs::read_to_string(top().join("COMPAT.md")).unwrap_or_default();
        let end = self.next.iter().find_map(|next| file.find(next)).unwrap_or(file.len());
        // Up to the first heading, which is the same whatever the cases come to.
        let first = self.preface.split_inclusive('\n').take(2).collect::<String>();
        let start = file.find(&first).unwrap_or(end);
        let whole = file[..start].to_owned() + &self.overview(&rows, reference) + &file[end..];

        let mut wrong = Vec::new();
        for (name, text) in [("COMPAT.md", whole), (self.list, self.matrix(&rows, reference))] {
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

    /// What differs: ours in sentences, older releases of libsystemd in a table.
    fn overview(&self, rows: &[Row], reference: u32) -> String {
        let mut text = self.preface.replace("{reference}", &reference.to_string());
        let known: Vec<(&Row, &Difference)> =
            rows.iter().flat_map(|row| row.case.differences.iter().map(move |difference| (row, difference))).collect();

        write!(text, "\n{} Where libsdnotify differs from {reference}\n", self.heading).expect("a string grows");
        let mut reasons: Vec<&str> = Vec::new();
        for (_, difference) in known.iter().filter(|(_, difference)| is_of_ours(difference)) {
            if reasons.contains(&difference.why) {
                continue;
            }
            reasons.push(difference.why);
            write!(text, "\n- {}.\n", capitalised(difference.why)).expect("a string grows");
            let same = known.iter().filter(|(_, other)| is_of_ours(other) && other.why == difference.why);
            for group in grouped(same.map(|(row, difference)| (*row, *difference))) {
                let column = if difference.who.contains(&"ours") { "ours" } else { "drop-in" };
                let (group, (ours, theirs)) = with_example(group, column);
                let (row, _) = group[0];
                writeln!(
                    text,
                    "  - `{}()`, {}: {reference} answers {theirs}, libsdnotify {ours}.{}",
                    row.case.function,
                    row.case.title,
                    likewise(&group, " Likewise: ", ".")
                )
                .expect("a string grows");
            }
        }

        write!(text, "\n{} Where older releases of libsystemd differ from {reference}\n\n", self.heading)
            .expect("a string grows");
        write!(
            text,
            "| function | case | release | {reference} answers | that release answers | why |\n|---|---|---|---|---|---|\n"
        )
        .expect("a string grows");
        for group in grouped(known.into_iter()) {
            let (_, difference) = group[0];
            let who: Vec<&str> =
                difference.who.iter().copied().filter(|who| !matches!(*who, "ours" | "drop-in")).collect();
            let Some(first) = who.first() else { continue };
            let (group, (theirs, expected)) = with_example(group, first);
            let (row, _) = group[0];
            writeln!(
                text,
                "| {} | {}{} | {} | {expected} | {theirs} | {} |",
                row.case.function,
                row.case.title,
                likewise(&group, "; likewise: ", ""),
                who.join(", "),
                difference.why
            )
            .expect("a string grows");
        }
        text
    }

    /// Every case, and who answers it like the reference.
    fn matrix(&self, rows: &[Row], reference: u32) -> String {
        let names: Vec<&str> =
            rows[0].columns.iter().map(|(name, _)| name.as_str()).filter(|name| *name != "drop-in").collect();
        let mut text = self.list_preface.replace("{reference}", &reference.to_string());
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
}

type Known<'a> = (&'a Row<'a>, &'a Difference);

/// More cases of one function than this differ for one reason before the others are only named.
const SHOWN: usize = 3;

/// Many differences of one function with one reason become a group, of which the first stands for all.
fn grouped<'a>(known: impl Iterator<Item = Known<'a>>) -> Vec<Vec<Known<'a>>> {
    let mut groups: Vec<Vec<Known>> = Vec::new();
    for (row, difference) in known {
        let is_alike = |group: &&mut Vec<Known>| {
            let (first, other) = group[0];
            (first.case.function, &other.who, other.why) == (row.case.function, &difference.who, difference.why)
        };
        match groups.iter_mut().find(is_alike) {
            Some(group) => group.push((row, difference)),
            None => groups.push(vec![(row, difference)]),
        }
    }
    let split = |group: Vec<Known<'a>>| {
        if group.len() > SHOWN { vec![group] } else { group.into_iter().map(|one| vec![one]).collect() }
    };
    groups.into_iter().flat_map(split).collect()
}

/// The group with the case in front whose answers are the shortest, and these: what the column has, and the reference.
fn with_example<'a>(mut group: Vec<Known<'a>>, column: &str) -> (Vec<Known<'a>>, (String, String)) {
    let shown: Vec<_> = group.iter().map(|(row, _)| answers(row.column(column), &row.reference)).collect();
    let length = |index: &usize| shown[*index].0.len() + shown[*index].1.len();
    let shortest = (0..shown.len()).min_by_key(length).unwrap_or_default();
    let example = group.remove(shortest);
    group.insert(0, example);
    (group, shown[shortest].clone())
}

/// The titles of all cases of a group but the first, without what they begin with as the first does.
fn likewise(group: &[Known], before: &str, after: &str) -> String {
    let title = |(row, _): &Known<'_>| row.case.title;
    let Some((first, others)) = group.split_first().filter(|(_, others)| !others.is_empty()) else {
        return String::new();
    };
    let prefix = title(first).split_inclusive(": ").next().filter(|prefix| prefix.ends_with(": ")).unwrap_or_default();
    let others: Vec<_> = others.iter().map(|other| title(other).strip_prefix(prefix).unwrap_or(title(other))).collect();
    format!("{before}{}{after}", others.join("; "))
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

/// As the first word of a sentence, but for a name that is always written small.
fn capitalised(text: &str) -> String {
    if text.starts_with("libsystemd ") {
        return text.to_owned();
    }
    let (first, rest) = text.split_at(text.chars().next().map_or(0, char::len_utf8));
    first.to_uppercase() + rest
}
