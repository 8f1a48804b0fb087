//! The newspaper in real time.

use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::account::{Account, False};
use crate::common::{directory, mb, number};
use crate::desk::{Begin, Press, time};
use crate::ours::Setup;
use crate::plan::{Fate, plan};
use crate::program::Usage;
use crate::tool::{Told, Tool, Watcher, kept};

/// A tool, its copy of the papers, and what came of it.
struct Run {
    tool: Tool,
    press: Press,
    directory: TempDir,
    watcher: Box<dyn Watcher>,
    account: Account,
}

pub(crate) fn run(tools: &[Tool]) {
    let (minutes, every) = (number("--minutes", 3), Duration::from_secs(number("--every", 15)));
    let length = Duration::from_secs(60 * minutes);
    let fates = Arc::new(plan(number("--each", 12) as usize, length.as_secs_f64()));
    let begin = Begin::default();
    // How ours keeps what it sees does not change what it sees.
    let tools = tools.iter().filter(|tool| !matches!(tool, Tool::Ours(Setup::NoRaw | Setup::Fjall)));
    let mut runs: Vec<Run> = tools.map(|tool| Run::start(tool, &fates, &begin)).collect();
    begin.set(Instant::now()).unwrap();
    let (mut looks, mut late) = (0, 0);
    let mut due = Duration::ZERO;
    while due < length {
        sleep(due.saturating_sub(Duration::from_secs_f64(time(&begin))));
        runs.iter_mut().for_each(|run| run.look(&fates, &begin));
        looks += 1;
        due += every;
        late += usize::from(Duration::from_secs_f64(time(&begin)) > due);
    }
    let stories: Vec<&Fate> = fates.iter().flatten().collect();
    println!(
        "\n{} stories of {} papers, {} of them published meanwhile; {} edits in {minutes} minutes, {looks} looks, {late} of them late for the next\n",
        stories.len(),
        fates.len(),
        stories.iter().filter(|fate| fate.is_late()).count(),
        stories.iter().map(|fate| fate.edits()).sum::<usize>()
    );
    print(&mut runs, &fates);
}

fn print(runs: &mut [Run], fates: &[Vec<Fate>]) {
    println!(
        "| | edits told / could be seen | of later stories | shown, not told | false: around | typography | paywall | errors | moves | \
         take-downs told | as edits | gone, and is not | requests a story | of these 304 | CPU s | peak MB | disk MB |"
    );
    println!("|{}", "---|".repeat(17));
    runs.iter_mut().for_each(|run| run.print(fates));
    for run in runs {
        let words = run.account.words.iter().take(number("--words", 0) as usize);
        words.for_each(|words| println!("{}: {words}", run.tool.name()));
    }
}

impl Run {
    fn start(tool: &Tool, fates: &Arc<Vec<Vec<Fate>>>, begin: &Begin) -> Self {
        let (press, directory) = (Press::open(fates, begin), directory());
        let watcher = tool.start(&press.work(), directory.path());
        Self { tool: tool.clone(), press, directory, watcher, account: Account::default() }
    }

    fn look(&mut self, fates: &[Vec<Fate>], begin: &Begin) {
        let at = time(begin);
        let told = self.watcher.look();
        let place =
            |told: &Told| (self.press.place(&told.url).unwrap_or_else(|| panic!("{}: not ours", told.url)), told.what);
        let told: Vec<_> = told.iter().map(place).collect();
        self.account.look(fates, at, &self.press.take_shown(), &told);
    }

    fn print(&mut self, fates: &[Vec<Fate>]) {
        let Usage { cpu, peak } = self.watcher.usage();
        self.watcher.end();
        let account = &self.account;
        let early = account.sum(|(paper, id)| !fates[paper][id].is_late());
        let late = account.sum(|(paper, id)| fates[paper][id].is_late());
        let falses = |cause| account.falses.get(&cause).copied().unwrap_or_default();
        let requests = self.press.requests();
        println!(
            "| {} | {}/{} | {}/{} | {} | {} | {} | {} | {} | {} | {}/{} | {} | {} | {:.1} | {} | {:.1} | {:.0} | {} |",
            self.tool.name(),
            early.told,
            early.could,
            late.told,
            late.could,
            early.missed + late.missed,
            falses(False::Around),
            falses(False::Typography),
            falses(False::Paywall),
            falses(False::Trouble),
            falses(False::Move),
            early.told_gone + late.told_gone,
            fates.iter().flatten().filter(|fate| fate.is_taken_down()).count(),
            falses(False::Gone),
            falses(False::NotGone),
            requests as f64 / fates.iter().flatten().count() as f64,
            account.not_modified,
            cpu.as_secs_f64(),
            mb(peak),
            kept(&mut *self.watcher, self.directory.path())
        );
    }
}
