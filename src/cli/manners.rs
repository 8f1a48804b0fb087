//! How to behave to the servers of others.

use std::time::Duration;

use morgue::fetch;

use super::error::{Failure, Result};

/// How to behave to the servers of others.
#[derive(Debug, clap::Args)]
pub(crate) struct Manners {
    /// Fetch what robots.txt forbids too
    #[arg(long)]
    ignore_robots: bool,
    /// Pause between two visits of one host
    #[arg(long, value_name = "SECONDS", default_value = "1", value_parser = seconds)]
    delay: Duration,
    /// How to call oneself; robots.txt is read for what stands before the `/`
    #[arg(long, value_name = "NAME/VERSION")]
    user_agent: Option<String>,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse::<f64>().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.ok_or_else(|| "expected a number of seconds, such as 2.5".to_owned())
}

impl Manners {
    /// Returns the options for a client.
    pub(crate) fn options(&self) -> Result<fetch::Options> {
        let mut options = fetch::Options { ignore_robots: self.ignore_robots, delay: self.delay, ..Default::default() };
        if let Some(name) = &self.user_agent {
            if name.trim().is_empty() || !name.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
                return Err(
                    Failure::new(format!("{name:?} cannot be a user agent")).hint("give it as NAME/VERSION, in ASCII")
                );
            }
            options.user_agent.clone_from(name);
        }
        Ok(options)
    }
}
