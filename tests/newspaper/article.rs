//! The stories of the newspaper, and what its desk does to them.

/// A story as the newspaper has it now.
#[derive(Debug, Clone, Default)]
pub(crate) struct Story {
    pub(crate) id: usize,
    pub(crate) slug: String,
    pub(crate) section: String,
    pub(crate) authors: Vec<String>,
    pub(crate) published: String,
    pub(crate) modified: String,
    pub(crate) headline: String,
    pub(crate) deck: String,
    pub(crate) caption: String,
    pub(crate) paragraphs: Vec<String>,
    /// Rows of two cells.
    pub(crate) table: Vec<(String, String)>,
    pub(crate) correction: Option<String>,
}

impl Story {
    pub(crate) fn path(&self) -> String {
        format!("/{}/{}-{}", self.section, self.slug, 1000 + self.id)
    }

    /// Replaces words in the body, which must be there.
    fn change(&mut self, paragraph: usize, old: &str, new: &str) {
        let text = &mut self.paragraphs[paragraph];
        assert!(text.contains(old), "{old}");
        *text = text.replace(old, new);
    }

    /// Says the same in curly quotes, with spaces that do not break.
    pub(crate) fn polish(&mut self) {
        let fields = [&mut self.headline, &mut self.deck, &mut self.caption];
        for text in fields.into_iter().chain(&mut self.paragraphs) {
            let mut is_open = false;
            let curly = text.chars().map(|character| match character {
                '"' => {
                    is_open = !is_open;
                    if is_open { '\u{201c}' } else { '\u{201d}' }
                }
                '\'' => '\u{2019}',
                other => other,
            });
            *text = curly.collect::<String>().replace(" million", "\u{a0}million");
        }
    }
}

/// All twenty as they were first published.
pub(crate) fn stories() -> Vec<Story> {
    let mut stories: Vec<Story> =
        include_str!("articles.txt").trim().split("\n===\n").enumerate().map(|(id, text)| story(id, text)).collect();
    stories[17].table = [("Old ferry", "10 minutes"), ("New ferry", "11 minutes"), ("Crossings a day", "44")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    stories
}

fn story(id: usize, text: &str) -> Story {
    let mut lines = text.lines();
    let mut next = || lines.next().unwrap().trim().to_owned();
    let head = next();
    let mut fields = head.split(" | ").map(str::to_owned);
    let mut field = || fields.next().unwrap();
    let (slug, section, authors, published) = (field(), field(), field(), field());
    let (headline, deck, caption) = (next(), next(), next());
    Story {
        id,
        slug,
        section,
        authors: authors.split(", ").map(str::to_owned).collect(),
        modified: published.clone(),
        published,
        headline,
        deck,
        caption,
        paragraphs: lines.map(str::to_owned).collect(),
        ..Story::default()
    }
}

/// What a request for a story comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The page.
    Page,
    /// The page, in windows-1252.
    Windows1252,
    /// The first paragraph and an offer.
    Teaser,
    /// 200, with a puzzle in place of the story.
    Captcha,
    /// An error.
    Status(u16),
    /// 301 to the story under another slug.
    Renamed,
}

/// The stories that are visited in a round (from 1), and whether each was edited since the last.
pub(crate) fn visited(round: usize) -> Vec<(usize, bool)> {
    let edited: &[usize] = match round {
        2 => &[0, 1, 2, 3, 4, 5],
        3 => &[1, 6, 8, 9, 11, 17],
        _ => &[],
    };
    // Nobody goes back to what is gone.
    (0..20).filter(|id| round < 3 || !matches!(id, 12 | 13)).map(|id| (id, edited.contains(&id))).collect()
}

/// How a story is answered for in a round.
pub(crate) fn answer(id: usize, round: usize) -> Answer {
    match (round, id) {
        (2, 8) | (3, 18) => Answer::Teaser,
        (2, 9) => Answer::Windows1252,
        (2.., 10) => Answer::Renamed,
        (2, 11) | (3, 19) => Answer::Status(503),
        (2.., 12) => Answer::Status(410),
        (2.., 13) => Answer::Status(404),
        (2, 14) => Answer::Captcha,
        _ => Answer::Page,
    }
}

/// The stories after the work of so many rounds: the twelve edits, and four that a reader would not see.
pub(crate) fn in_round(round: usize) -> Vec<Story> {
    let mut all = stories();
    if round >= 2 {
        let at = |story: &mut Story, time: &str| story.modified = format!("2026-03-02T{time}:00+01:00");
        all[0].change(0, "two metres", "three metres");
        all[1].headline = "School lunches will cost 40 cents more".to_owned();
        all[2].paragraphs.push(
            "The ministry of agriculture said on Monday evening that it would pay for fences on all farms within ten kilometres \
             of a den, and that the first money would be sent out in April."
                .to_owned(),
        );
        all[3].authors.push("Henrik Aal".to_owned());
        all[4].correction = Some(
            "Correction, 2 March: An earlier version of this article said that the second flood was in 1967. It was in 1964."
                .to_owned(),
        );
        all[5].caption = "Noor Halabi after the last round.".to_owned();
        for story in &mut all[..6] {
            at(story, "18:00");
        }
        all[6].polish();
        at(&mut all[7], "19:15");
    }
    if round >= 3 {
        all[1].paragraphs.remove(4);
        all[6].change(2, "at my sister\u{2019}s", "at my sister\u{2019}s place by the sea");
        all[8].deck = "One dose a year may be enough, but the trial goes on".to_owned();
        let café = &mut all[9].paragraphs[4];
        *café = "The wall along the quay that the city is building is to hold back three metres of water. It will take two more \
                 years, and the sandbags stay behind the door until it stands."
            .to_owned();
        all[11].change(3, "Edda Moen", "Edda Mohn");
        all[17].table[2].1 = "46".to_owned();
        for id in [1, 6, 8, 9, 11, 17] {
            all[id].modified = "2026-03-03T07:30:00+01:00".to_owned();
        }
        all[15].polish();
        all[16].modified = "2026-03-03T06:00:00+01:00".to_owned();
    }
    if round >= 2 {
        all[10].slug = "sleeping-cars-to-tromsund".to_owned();
    }
    all
}
