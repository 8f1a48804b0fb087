//! Pairs of articles of invented words: one that was edited as news is, and several that are hard on a diff.

use morgue::Article;

use super::news::{Rng, replace_word, sentence};

/// Both versions of an article.
pub(crate) struct Pair {
    pub(crate) old: Article,
    pub(crate) new: Article,
}

/// How the newer article is made from the older one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One sentence in ten was edited; a few came, went and moved.
    Typical,
    /// Other sentences, of the same vocabulary.
    AllDifferent,
    /// The same sentence over and over, and a few edits.
    Repeated,
    /// The last sentence first.
    Reversed,
    Shuffled,
    /// No mark from the start to the end, and one word in fifty is another one.
    OneSentence,
    /// Each sentence is one and the same but for two words, which differ.
    NearDuplicates,
}

impl Kind {
    pub(crate) const ALL: [Self; 7] = [
        Self::Typical,
        Self::AllDifferent,
        Self::Repeated,
        Self::Reversed,
        Self::Shuffled,
        Self::OneSentence,
        Self::NearDuplicates,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Typical => "typical",
            Self::AllDifferent => "all different",
            Self::Repeated => "one sentence repeated",
            Self::Reversed => "sentences reversed",
            Self::Shuffled => "sentences shuffled",
            Self::OneSentence => "a single sentence",
            Self::NearDuplicates => "near-duplicates",
        }
    }

    /// Makes a pair of about so many bytes each.
    pub(crate) fn pair(self, bytes: usize) -> Pair {
        let mut rng = Rng::of([11, self as u64, bytes as u64]);
        let old = self.older(&mut rng, bytes);
        let mut new = old.clone();
        match self {
            Self::Typical => new = edited(&mut rng, &old),
            Self::AllDifferent | Self::NearDuplicates => new = self.older(&mut rng, bytes),
            Self::Repeated => touch(&mut rng, &mut new),
            Self::Reversed => new.reverse(),
            Self::Shuffled => shuffle(&mut rng, &mut new),
            Self::OneSentence => new = vec![reworded(&mut rng, &old)],
        }
        Pair { old: article(&old, self), new: article(&new, self) }
    }

    fn older(self, rng: &mut Rng, bytes: usize) -> Vec<String> {
        match self {
            Self::OneSentence => {
                let mut words = String::with_capacity(bytes + 16);
                while words.len() < bytes {
                    words.push_str(rng.word());
                    words.push(' ');
                }
                vec![words.trim_end().to_owned()]
            }
            Self::Repeated => {
                let one = sentence(&mut Rng::of([12, 0, 0]), 14, 14);
                vec![one.clone(); bytes / (one.len() + 1)]
            }
            Self::NearDuplicates => {
                let template = sentence(&mut Rng::of([13, 0, 0]), 16, 16);
                sentences(bytes, || {
                    let (one, two) = (rng.word(), rng.word());
                    let once = replace_word(rng, &template, one);
                    replace_word(rng, &once, two)
                })
            }
            _ => sentences(bytes, || news_sentence(rng)),
        }
    }
}

fn sentences(bytes: usize, mut next: impl FnMut() -> String) -> Vec<String> {
    let mut all = Vec::new();
    let mut length = 0;
    while length < bytes {
        let sentence = next();
        length += sentence.len() + 1;
        all.push(sentence);
    }
    all
}

/// A sentence with a comma here, a name there, and now and then somebody's words.
fn news_sentence(rng: &mut Rng) -> String {
    let plain = sentence(rng, 8, 24);
    let mut words: Vec<String> = plain.split(' ').map(str::to_owned).collect();
    for at in 1..words.len() - 1 {
        if rng.is(6) {
            words[at] = capital(&words[at]);
        } else if rng.is(6) {
            words[at].push(',');
        }
    }
    if rng.is(12) {
        let name = capital(rng.word());
        return format!("\u{201c}{},\u{201d} said {name}.", words.join(" ").trim_end_matches('.'));
    }
    words.join(" ")
}

fn capital(word: &str) -> String {
    let (first, rest) = word.split_at(1);
    first.to_uppercase() + rest
}

fn edited(rng: &mut Rng, old: &[String]) -> Vec<String> {
    let mut new = Vec::with_capacity(old.len() + 8);
    let mut moved = Vec::new();
    for sentence in old {
        match rng.between(1, 1000) {
            1..=100 => new.push(edit(rng, sentence)),
            101..=115 => {}
            116..=125 => moved.push(sentence.clone()),
            126..=140 => new.extend([news_sentence(rng), sentence.clone()]),
            _ => new.push(sentence.clone()),
        }
    }
    for sentence in moved {
        let at = rng.place(new.len() + 1);
        new.insert(at, sentence);
    }
    new
}

/// One to three words are others, or one came, or one went.
fn edit(rng: &mut Rng, sentence: &str) -> String {
    let mut words: Vec<String> = sentence.split(' ').map(str::to_owned).collect();
    let at = 1 + rng.place(words.len() - 2);
    match rng.between(1, 10) {
        1..=2 => words.insert(at, rng.word().to_owned()),
        3 => drop(words.remove(at)),
        4..=5 => words[at] = rng.between(2, 9_999).to_string(),
        6..=8 => words[at] = rng.word().to_owned(),
        _ => {
            for _ in 0..3 {
                let at = 1 + rng.place(words.len() - 2);
                words[at] = rng.word().to_owned();
            }
        }
    }
    words.join(" ")
}

/// Of sentences that are all the same, a few are edited, one goes and one comes.
fn touch(rng: &mut Rng, sentences: &mut Vec<String>) {
    for _ in 0..5 {
        let at = rng.place(sentences.len());
        sentences[at] = edit(rng, &sentences[at]);
    }
    sentences.remove(rng.place(sentences.len()));
    sentences.insert(rng.place(sentences.len()), news_sentence(rng));
}

/// Fisher and Yates's shuffle.
fn shuffle(rng: &mut Rng, sentences: &mut [String]) {
    for at in (1..sentences.len()).rev() {
        sentences.swap(at, rng.place(at + 1));
    }
}

fn reworded(rng: &mut Rng, sentences: &[String]) -> String {
    let words = sentences.iter().flat_map(|sentence| sentence.split(' '));
    words.map(|word| if rng.is(2) { rng.word() } else { word }).collect::<Vec<_>>().join(" ")
}

/// Paragraphs of one to four sentences. Those of both versions are cut alike, so that an added sentence changes all after it
/// only in texts that are hard anyway; a typical one is cut where its sentences say.
fn article(sentences: &[String], kind: Kind) -> Article {
    let mut article = Article::new("Seven piers of the old bridge");
    let mut paragraph: Vec<&str> = Vec::new();
    for sentence in sentences {
        paragraph.push(sentence);
        let ends = match kind {
            // What a sentence says decides, so that an edit elsewhere moves no border.
            Kind::Typical => paragraph.len() == 4 || sentence.len() % 3 == 0,
            _ => paragraph.len() == 3,
        };
        if ends {
            article.paragraphs.push(paragraph.join(" "));
            paragraph.clear();
        }
    }
    if !paragraph.is_empty() {
        article.paragraphs.push(paragraph.join(" "));
    }
    article
}
