//! Reading real pages: is the text right, is it stable, is what stands beside it filled, how long does it take.
//!
//! ```text
//! cargo bench --bench page -- [--corpus DIR] [--python PYTHON] [--pages WORD] [--show WORD] [--write DIR]
//! ```
//!
//! Needs the article extraction benchmark (`ground-truth.json.gz` and `html/*.html.gz`; MIT) in `--corpus`, and says so where it is
//! missing. The peer is trafilatura from PyPI, on the same pages, where `--python` (`python3`) can import it:
//! `python3 -m venv venv && venv/bin/pip install trafilatura lxml_html_clean`, then `--python venv/bin/python`.
//!
//! The metric is that benchmark's own: multisets of four words in a row, each page's counts scaled to one, precision and recall the means
//! over pages, F1 of the two means. Stability: of each page one `<p>` of the story is deleted (the middle one that is read as a
//! paragraph of its own); the share of the other words that move is averaged over pages. Inside the timer: from bytes to the
//! reading, on one thread; for the peer, from text to text, without its metadata.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::indexing_slicing, missing_docs)]

mod common;

use std::collections::HashMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use common::aeb::{self, Sample};
use common::{directory, option};
use morgue::page::{self, Options, Page, Reading, Verdict};

fn main() {
    let corpus = option("--corpus").map_or_else(|| PathBuf::from("../shared/corpora/aeb"), PathBuf::from);
    if !corpus.is_dir() {
        println!("skipped: {} not found", corpus.display());
        return;
    }
    let samples = aeb::samples(&corpus, &option("--pages").unwrap_or_default());
    let (mut scores, mut took, mut readings) = (Vec::new(), Duration::ZERO, Vec::new());
    for sample in &samples {
        let start = Instant::now();
        let reading = read(&sample.url, &sample.html);
        took += start.elapsed();
        scores.push(Score::of(&sample.truth, &text(&reading)));
        readings.push(reading);
    }
    let bytes: usize = samples.iter().map(|sample| sample.html.len()).sum();
    println!("{} pages, {:.1} MB\n", samples.len(), bytes as f64 / 1e6);
    println!("| extractor | F1 | precision | recall | pages/s |\n|---|---|---|---|---|");
    let source = readings[0].observation.source.clone().unwrap_or_default();
    print_row(&source, &scores, took);
    print_row("  the same without captions, which the truth leaves out", &without_captions(&samples, &readings), took);
    peer(&corpus, &samples);
    print_filled(&readings);
    print_stability(&samples, &readings);
    print_peer_stability(&samples, &readings);
    print_hostile();
    if let Some(directory) = option("--write") {
        write(Path::new(&directory), &samples, &readings, &scores);
    }
}

fn read(url: &str, html: &[u8]) -> Reading {
    page::read(&Page::new(url, html), &Options::default())
}

fn text(reading: &Reading) -> String {
    reading.article.paragraphs.join("\n\n")
}

/// What was rightly found, wrongly found and missed of one page, in shares of their sum.
#[derive(Clone, Copy)]
struct Score {
    right: f64,
    wrong: f64,
    missed: f64,
}

impl Score {
    fn of(truth: &str, found: &str) -> Self {
        let (truth, found) = (shingles(truth), shingles(found));
        let both: usize = truth.iter().map(|(shingle, count)| count.min(found.get(shingle).unwrap_or(&0))).sum();
        let (all_true, all_found): (usize, usize) = (truth.values().sum(), found.values().sum());
        let sum = ((all_true + all_found - both) as f64).max(1.0);
        Self {
            right: both as f64 / sum,
            wrong: (all_found - both) as f64 / sum,
            missed: (all_true - both) as f64 / sum,
        }
    }

    fn precision(self) -> f64 {
        if self.wrong == 0.0 && self.missed == 0.0 { 1.0 } else { share(self.right, self.wrong) }
    }

    fn recall(self) -> f64 {
        if self.wrong == 0.0 && self.missed == 0.0 { 1.0 } else { share(self.right, self.missed) }
    }
}

/// The scores of the same texts without what stands on the page as a caption: the true texts have none.
fn without_captions(samples: &[Sample], readings: &[Reading]) -> Vec<Score> {
    let score = |(sample, reading): (&Sample, &Reading)| {
        let captions = captions(&String::from_utf8_lossy(&sample.html));
        let is_caption = |text: &String| captions.iter().any(|caption| caption.contains(&words(text)));
        let text: Vec<&str> =
            reading.article.paragraphs.iter().filter(|text| !is_caption(text)).map(String::as_str).collect();
        Score::of(&sample.truth, &text.join("\n\n"))
    };
    samples.iter().zip(readings).map(score).collect()
}

/// The letters of all `<figcaption>`.
fn captions(html: &str) -> Vec<String> {
    html.split("<figcaption")
        .skip(1)
        .filter_map(|rest| rest.split_once('>')?.1.split("</figcaption").next())
        .map(plain)
        .collect()
}

fn share(part: f64, rest: f64) -> f64 {
    if part == 0.0 { 0.0 } else { part / (part + rest) }
}

/// Four words in a row, and how often; of a shorter text all its words. A word is what `\w+` of Python finds.
fn shingles(text: &str) -> HashMap<Vec<&str>, usize> {
    let words: Vec<&str> =
        text.split(|letter: char| !letter.is_alphanumeric() && letter != '_').filter(|word| !word.is_empty()).collect();
    let mut counts = HashMap::new();
    if words.len() < 4 && !words.is_empty() {
        counts.insert(words.clone(), 1);
    }
    for shingle in words.windows(4) {
        *counts.entry(shingle.to_vec()).or_default() += 1;
    }
    counts
}

fn print_row(name: &str, scores: &[Score], took: Duration) {
    // A page with nothing found has no precision.
    let precisions: Vec<f64> =
        scores.iter().filter(|score| score.right + score.wrong > 0.0).map(|score| score.precision()).collect();
    let recalls: Vec<f64> =
        scores.iter().filter(|score| score.right + score.missed > 0.0).map(|score| score.recall()).collect();
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (precision, recall) = (mean(&precisions), mean(&recalls));
    println!(
        "| {name} | {:.4} | {precision:.4} | {recall:.4} | {:.1} |",
        2.0 * precision * recall / (precision + recall),
        scores.len() as f64 / took.as_secs_f64()
    );
}

/// What Python runs: one line of JSON a page, with the text and the seconds that it took.
const PEER: &str = r#"
import gzip, json, sys, time
import trafilatura
for line in sys.stdin:
    name = line.strip()
    html = (gzip.open if name.endswith(".gz") else open)(name, "rb").read().decode("utf-8", "replace")
    start = time.perf_counter()
    text = trafilatura.extract(html, favor_precision=PRECISION, include_comments=False, with_metadata=False) or ""
    print(json.dumps({"text": text, "seconds": time.perf_counter() - start, "version": trafilatura.__version__}), flush=True)
"#;

/// Python's trafilatura on the same pages, where it is installed.
fn peer(corpus: &Path, samples: &[Sample]) {
    let python = option("--python").unwrap_or_else(|| "python3".to_owned());
    for (name, precision) in [("precision", "True"), ("default", "False")] {
        match run_peer(&python, corpus, samples, precision) {
            Some((version, scores, took)) => print_row(&format!("trafilatura {version} (PyPI), {name}"), &scores, took),
            None => {
                println!(
                    "\nskipped: {python} cannot import trafilatura (python3 -m venv venv && venv/bin/pip install trafilatura \
                     lxml_html_clean, then --python venv/bin/python)"
                );
                return;
            }
        }
    }
}

fn run_peer(
    python: &str,
    corpus: &Path,
    samples: &[Sample],
    precision: &str,
) -> Option<(String, Vec<Score>, Duration)> {
    let names: Vec<String> =
        samples.iter().map(|sample| corpus.join(format!("html/{}.html.gz", sample.id)).display().to_string()).collect();
    let answers = ask(python, precision, &names)?;
    let (mut scores, mut took, mut version) = (Vec::new(), 0.0, String::new());
    for (answer, sample) in answers.iter().zip(samples) {
        scores.push(Score::of(&sample.truth, answer["text"].as_str()?));
        took += answer["seconds"].as_f64()?;
        version = answer["version"].as_str()?.to_owned();
    }
    Some((version, scores, Duration::from_secs_f64(took)))
}

/// What the peer says of each file; `None` where it cannot be asked.
fn ask(python: &str, precision: &str, names: &[String]) -> Option<Vec<serde_json::Value>> {
    let mut child = Command::new(python)
        .args(["-c", &PEER.replace("PRECISION", precision)])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    // It reads a line when it has answered the last; the names of all pages fit into a pipe.
    child.stdin.take()?.write_all((names.join("\n") + "\n").as_bytes()).ok()?;
    let output = child.wait_with_output().ok().filter(|output| output.status.success())?;
    let lines = String::from_utf8_lossy(&output.stdout).into_owned();
    let answers: Vec<serde_json::Value> = lines.lines().map(serde_json::from_str).collect::<Result<_, _>>().ok()?;
    (answers.len() == names.len()).then_some(answers)
}

/// The same paragraph deleted for the peer, where it reads it as a paragraph of its own too.
fn print_peer_stability(samples: &[Sample], readings: &[Reading]) {
    let python = option("--python").unwrap_or_else(|| "python3".to_owned());
    let directory = directory();
    let (mut names, mut deleted) = (Vec::new(), Vec::new());
    for (sample, reading) in samples.iter().zip(readings) {
        let paragraphs = &reading.article.paragraphs;
        let Some((html, place)) = without_one_paragraph(&sample.html, paragraphs) else { continue };
        for (name, html) in [("full", sample.html.as_slice()), ("less", html.as_bytes())] {
            let file = directory.path().join(format!("{}.{name}", sample.id));
            fs::write(&file, html).unwrap();
            names.push(file.display().to_string());
        }
        deleted.push(words(&paragraphs[place]));
    }
    let Some(answers) = ask(&python, "True", &names) else { return };
    let lines = |answer: &serde_json::Value| {
        answer["text"].as_str().unwrap_or_default().lines().map(str::to_owned).collect::<Vec<String>>()
    };
    let (mut moved, mut tried) = (0.0, 0);
    for (pair, deleted) in answers.chunks(2).zip(&deleted) {
        let mut expected = lines(&pair[0]);
        let Some(place) = expected.iter().position(|line| words(line) == *deleted) else { continue };
        expected.remove(place);
        moved += moved_share(&expected, &lines(&pair[1]));
        tried += 1;
    }
    println!("The peer, precision, on {tried} of them: {:.2}%", 100.0 * moved / f64::from(tried.max(1)));
}

fn print_filled(readings: &[Reading]) {
    let count = |is: fn(&Reading) -> bool| readings.iter().filter(|reading| is(reading)).count();
    println!("\n| filled | of {} |\n|---|---|", readings.len());
    for (name, is) in [
        ("verdict article", (|r| r.verdict == Verdict::Article) as fn(&Reading) -> bool),
        ("verdict teaser", |r| r.verdict == Verdict::Teaser),
        ("text", |r| !r.article.paragraphs.is_empty()),
        ("headline", |r| !r.article.headline.is_empty()),
        ("deck", |r| !r.article.deck.is_empty()),
        ("byline", |r| !r.article.byline.is_empty()),
        ("published", |r| r.observation.published_at.is_some()),
        ("modified", |r| r.observation.modified_at.is_some()),
        ("section", |r| r.observation.section.is_some()),
        ("language", |r| r.observation.lang.is_some()),
        ("image", |r| r.image.is_some()),
        ("free or not", |r| r.is_free.is_some()),
        ("canonical", |r| r.links.canonical.is_some()),
        ("publisher's id", |r| r.links.publisher_id.is_some()),
    ] {
        println!("| {name} | {} |", count(is));
    }
}

/// Deletes one paragraph of each page and compares the rest of the text.
fn print_stability(samples: &[Sample], readings: &[Reading]) {
    let (mut moved, mut worst, mut tried) = (0.0, Vec::new(), 0);
    for (sample, reading) in samples.iter().zip(readings) {
        let Some((html, deleted)) = without_one_paragraph(&sample.html, &reading.article.paragraphs) else { continue };
        let less = read(&sample.url, html.as_bytes());
        let mut expected = reading.article.paragraphs.clone();
        expected.remove(deleted);
        let share = moved_share(&expected, &less.article.paragraphs);
        tried += 1;
        moved += share;
        worst.push((share, sample.id.clone()));
        if share > 0.0
            && let Some(directory) = option("--write")
        {
            fs::create_dir_all(&directory).unwrap();
            fs::write(Path::new(&directory).join(short(&sample.id)).with_extension("less"), text(&less)).unwrap();
        }
    }
    worst.sort_by(|a, b| b.0.total_cmp(&a.0));
    println!(
        "\nOne paragraph deleted on {tried} pages: {:.2}% of the other words moved",
        100.0 * moved / tried.max(1) as f64
    );
    for (share, id) in worst.iter().take(8).filter(|(share, _)| *share > 0.0) {
        println!("  {:.1}% on {}", share * 100.0, short(id));
    }
}

/// The page without its middle `<p>` that is a paragraph of the text, and that paragraph's place.
fn without_one_paragraph(html: &[u8], paragraphs: &[String]) -> Option<(String, usize)> {
    let html = String::from_utf8_lossy(html).into_owned();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = html.get(at..)?.find("<p").map(|start| at + start) {
        at = start + 2;
        let inner = html.get(start..)?;
        if !inner.get(2..3).is_some_and(|next| next == ">" || next == " ") {
            continue;
        }
        let Some(end) = inner.find("</p>").map(|end| start + end + 4) else { break };
        let plain = plain(html.get(start..end)?);
        let places: Vec<usize> = (0..paragraphs.len()).filter(|place| words(&paragraphs[*place]) == plain).collect();
        if let [place] = places.as_slice()
            && plain.len() > 40
        {
            found.push((start, end, *place));
        }
    }
    let (start, end, place) = *found.get(found.len() / 2)?;
    Some((html.get(..start)?.to_owned() + html.get(end..)?, place))
}

/// The letters and digits of a piece of HTML without its tags and entities.
fn plain(html: &str) -> String {
    let mut text = String::new();
    for (count, piece) in html.split('<').enumerate() {
        text.push_str(if count == 0 { piece } else { piece.split_once('>').map_or("", |(_, text)| text) });
    }
    let pieces: Vec<&str> = text.split('&').collect();
    let text: String = pieces
        .iter()
        .enumerate()
        .map(|(count, piece)| {
            let entity = piece.split_once(';').filter(|(name, _)| count > 0 && name.len() < 9);
            entity.map_or(*piece, |(_, text)| text)
        })
        .collect();
    words(&text)
}

fn words(text: &str) -> String {
    text.chars().filter(|letter| letter.is_alphanumeric()).collect()
}

/// The share of words that are in one text and not in the other, by paragraphs, as multisets.
fn moved_share(expected: &[String], found: &[String]) -> f64 {
    let size = |texts: &[String]| texts.iter().map(|text| text.split_whitespace().count()).sum::<usize>();
    let mut left: HashMap<&str, i64> = HashMap::new();
    for word in expected.iter().flat_map(|text| text.split_whitespace()) {
        *left.entry(word).or_default() += 1;
    }
    for word in found.iter().flat_map(|text| text.split_whitespace()) {
        *left.entry(word).or_default() -= 1;
    }
    left.values().map(|count| count.unsigned_abs() as f64).sum::<f64>() / size(expected).max(1) as f64
}

/// Pages that ask for more than a reader gives, each as large as may be read.
fn print_hostile() {
    let max = Options::default().max_bytes;
    let fill = |piece: &str| piece.repeat(max / piece.len());
    let tags = |piece: &str, count: usize| piece.repeat((95_000 / count).min(max / piece.len()));
    let word = "The old bridge over the Lind was closed on Monday, the harbour master said. ";
    let attributes: String = (0..250).map(|at| format!(" a{at}")).collect();
    let open: String = (0..100).map(|at| format!("<b id={at}>")).collect();
    println!("\n| hostile page | MB | seconds | verdict |\n|---|---|---|---|");
    for (name, html) in [
        ("200 MB", "x".repeat(200 << 20)),
        ("nested <div>", fill("<div>")),
        ("nested <div>, closed", format!("{}{}", "<div>".repeat(45_000), "</div>".repeat(45_000))),
        ("nested tables", tags("<table><tr><td>", 3)),
        ("nested <b>, paragraphs", format!("<p>{open}</p>{}", "<p>x</p>".repeat(100_000))),
        ("<p>x", tags("<p>x", 1)),
        ("paragraphs", tags(&format!("<p>{word}</p>"), 1)),
        ("paragraphs in holders", tags(&format!("<div><p>{word}</p><p>{word}</p><p>{word}</p></div>"), 4)),
        ("one paragraph", format!("<p>{}</p>", fill(word))),
        ("links", tags("<a href=/a>The ferry is late</a> ", 1)),
        ("lists of links", tags("<ul><li><a href=/a>The ferry is late</a></li></ul>", 3)),
        ("one row of cells", format!("<table><tr>{}", tags("<td>x", 1))),
        ("rows", format!("<table>{}", tags("<tr><td>Pier</td><td>2.1</td></tr>", 3))),
        ("attributes", tags(&format!("<p{attributes}>x"), 1)),
        ("classes", format!("<p class='{}'>x</p>", fill("ad share "))),
        ("<script>", fill("<script>x</script>")),
        ("unclosed comment", format!("<!--{}", fill("x-- "))),
        (
            "JSON-LD",
            format!("<script type=application/ld+json>[{}{{}}]</script>", fill("{\"@type\":\"NewsArticle\"},")),
        ),
        ("entities", fill("&amp;&#x41;&notit;")),
        ("<br>", tags("x<br>", 1)),
        ("headings", tags("<h1>Old bridge</h1>", 1)),
    ] {
        let start = Instant::now();
        let reading = read("https://post.example/a", html.as_bytes());
        let seconds = start.elapsed().as_secs_f64();
        println!(
            "| {name} | {:.1} | {seconds:.2} | {:?} {} |",
            html.len() as f64 / 1e6,
            reading.verdict,
            reading.cause
        );
    }
}

/// Writes each reading beside the truth, for eyes.
fn write(directory: &Path, samples: &[Sample], readings: &[Reading], scores: &[Score]) {
    fs::create_dir_all(directory).unwrap();
    let mut index: Vec<(f64, String)> = Vec::new();
    for ((sample, reading), score) in samples.iter().zip(readings).zip(scores) {
        let f1 = 2.0 * score.right / (2.0 * score.right + score.wrong + score.missed);
        index.push((
            f1,
            format!("{f1:.3} P {:.3} R {:.3} {} {}", score.precision(), score.recall(), short(&sample.id), sample.url),
        ));
        let head = format!(
            "{}\n{:?} {}\nheadline: {}\ndeck: {}\nbyline: {:?}\n{:?}\n{:?}\nimage: {:?} free: {:?}\n\n",
            sample.url,
            reading.verdict,
            reading.cause,
            reading.article.headline,
            reading.article.deck,
            reading.article.byline,
            reading.observation,
            reading.links,
            reading.image,
            reading.is_free
        );
        let file = directory.join(short(&sample.id));
        fs::write(file.with_extension("ours"), head + &text(reading)).unwrap();
        fs::write(file.with_extension("true"), &sample.truth).unwrap();
    }
    index.sort_by(|a, b| a.0.total_cmp(&b.0));
    let lines: Vec<String> = index.into_iter().map(|(_, line)| line).collect();
    fs::write(directory.join("index"), lines.join("\n")).unwrap();
}

fn short(id: &str) -> &str {
    id.get(..12).unwrap_or(id)
}
