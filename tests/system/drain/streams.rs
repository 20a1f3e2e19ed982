//! Streams of requests by wrk and ab, which run as units beside the nodes: over connections that are kept, and over a
//! new one for each request.

use sdnotify_tests::manager::Manager;

const KINDS: [(&str, &str); 2] = [
    ("wrk", "/usr/bin/wrk --threads 1 --connections 4 --duration 30m --timeout 20s"),
    ("ab", "/usr/bin/ab -q -r -l -n 100000 -c 2 -s 20"),
];

pub struct Streams<'a>(&'a Manager);

/// How many requests a stream has made, and what it says of those that failed.
#[derive(Debug)]
pub struct Report {
    pub requests: u64,
    pub failures: Vec<String>,
}

impl Streams<'_> {
    /// Starts one of each kind.
    pub fn start<'a>(manager: &'a Manager, address: &str, path: &str) -> Streams<'a> {
        for (name, command) in KINDS {
            let unit = format!(
                "[Service]\nType=exec\nExecStart={command} http://{address}{path}\nKillSignal=SIGINT\n\
                 SuccessExitStatus=1\nStandardOutput=file:@DIR@/{name}.out\nStandardError=inherit\n"
            );
            manager.units(&[(&format!("{name}.service"), &unit)]);
            manager.systemctl(&format!("start {name}.service"));
        }
        Streams(manager)
    }

    /// Ends them; what they say.
    pub fn finish(self) -> Vec<Report> {
        let report = |(name, _)| {
            self.0.systemctl(&format!("stop {name}.service"));
            let text = self.0.run(&format!("cat {name}.out"));
            read(name, &text).unwrap_or_else(|| panic!("{name} says:\n{text}"))
        };
        KINDS.map(report).into()
    }
}

/// Reads what wrk or ab say at their end.
fn read(name: &'static str, text: &str) -> Option<Report> {
    let lines = || text.lines().map(str::trim);
    let number = |words: &str| words.split_whitespace().next()?.parse::<u64>().ok();
    let after = |label: &str| lines().find_map(|line| line.strip_prefix(label)).and_then(number);
    let (requests, labels): (_, &[_]) = match name {
        "wrk" => {
            (lines().find(|line| line.contains(" requests in ")).and_then(number)?, &["Socket errors:", "Non-2xx "])
        }
        _ => (after("Complete requests:")?, &["Failed requests:", "Write errors:", "Non-2xx responses:"]),
    };
    let failed = |line: &&str| labels.iter().any(|label| line.starts_with(label)) && !line.ends_with(" 0");
    Some(Report { requests, failures: lines().filter(failed).map(str::to_owned).collect() })
}
