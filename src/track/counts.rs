//! What a tracker has done so far.

use serde::{Deserialize, Serialize};

/// What a tracker has done since the archive was first followed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Counts {
    /// Requests, those for robots.txt and after redirects left out.
    pub requests: u64,
    /// Visits of sources.
    pub polls: u64,
    /// Visits of sources that failed.
    pub polls_failed: u64,
    /// Visits of stories.
    pub visits: u64,
    /// Visits that found the story as it was, said by the server.
    pub not_modified: u64,
    /// Visits that found a teaser.
    pub teasers: u64,
    /// Visits that found the story gone.
    pub gone: u64,
    /// Visits that found no story, or got no answer.
    pub unreachable: u64,
    /// Visits that were not made, as robots.txt or the address forbids them.
    pub refused: u64,
    /// Stories that were found.
    pub stories: u64,
    /// Edits that were found.
    pub edits: u64,
}

impl Counts {
    /// Returns the counters in the text format of Prometheus (prometheus.io, "Exposition formats").
    ///
    /// ```
    /// let text = morgue::track::Counts::default().prometheus();
    /// assert!(text.contains("# TYPE morgue_track_visits_total counter\nmorgue_track_visits_total 0\n"));
    /// ```
    #[must_use]
    pub fn prometheus(&self) -> String {
        let counters = [
            ("requests", "Requests, those for robots.txt and after redirects left out.", self.requests),
            ("polls", "Visits of sources.", self.polls),
            ("polls_failed", "Visits of sources that failed.", self.polls_failed),
            ("visits", "Visits of stories.", self.visits),
            ("not_modified", "Visits of stories that the server said had not changed.", self.not_modified),
            ("teasers", "Visits that found a teaser.", self.teasers),
            ("gone", "Visits that found the story gone.", self.gone),
            ("unreachable", "Visits that found no story or got no answer.", self.unreachable),
            ("refused", "Visits not made, as robots.txt or the address forbids them.", self.refused),
            ("stories", "Stories that were found.", self.stories),
            ("edits", "Edits that were found.", self.edits),
        ];
        let line = |(name, help, value)| {
            let name = format!("morgue_track_{name}_total");
            format!("# HELP {name} {help}\n# TYPE {name} counter\n{name} {value}\n")
        };
        counters.into_iter().map(line).collect()
    }
}
