//! The article extraction benchmark: real pages with their true texts.

use std::collections::HashMap;
use std::fs;
use std::io::Read as _;
use std::path::Path;

/// A page of the corpus and the true text.
pub(crate) struct Sample {
    pub(crate) id: String,
    pub(crate) url: String,
    pub(crate) html: Vec<u8>,
    pub(crate) truth: String,
}

/// Returns the pages whose ids hold a word, in the order of their ids.
pub(crate) fn samples(corpus: &Path, only: &str) -> Vec<Sample> {
    let truth: HashMap<String, serde_json::Value> =
        serde_json::from_slice(&unzip(&corpus.join("ground-truth.json.gz"))).unwrap();
    let mut samples: Vec<Sample> = truth
        .into_iter()
        .filter(|(id, _)| id.contains(only))
        .map(|(id, truth)| Sample {
            url: truth["url"].as_str().unwrap().to_owned(),
            html: unzip(&corpus.join(format!("html/{id}.html.gz"))),
            truth: truth["articleBody"].as_str().unwrap().to_owned(),
            id,
        })
        .collect();
    samples.sort_by(|a, b| a.id.cmp(&b.id));
    samples
}

fn unzip(path: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    flate2::read::MultiGzDecoder::new(fs::File::open(path).unwrap()).read_to_end(&mut bytes).unwrap();
    bytes
}
