//! A server that is told things, and answers as a test wants it to.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::Value;

/// What came.
#[derive(Debug, Clone)]
pub(crate) struct Post {
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
    /// Whether it was answered with 2xx.
    pub(crate) is_confirmed: bool,
}

impl Post {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub(crate) fn summary(&self) -> String {
        self.json()["data"]["summary"].as_str().unwrap_or_default().to_owned()
    }
}

/// How it answers.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    Status(u16),
    With(u16, &'static str),
    /// It reads, and says nothing.
    Silence,
    /// It reads, and hangs up.
    Close,
}

pub(crate) struct Hook {
    address: SocketAddr,
    posts: Arc<Mutex<Vec<Post>>>,
    stopped: Arc<AtomicBool>,
}

impl Hook {
    /// Starts a server that gives these answers, and then 200.
    pub(crate) fn start(answers: Vec<Answer>) -> Self {
        let mut answers = answers.into_iter();
        Self::by(move || answers.next().unwrap_or(Answer::Status(200)))
    }

    /// Starts a server that gives what answers come.
    pub(crate) fn by(mut answers: impl FnMut() -> Answer + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (posts, stopped) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let (kept, is_over) = (Arc::clone(&posts), Arc::clone(&stopped));
        thread::spawn(move || {
            for stream in listener.incoming() {
                if is_over.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(stream) = stream else { continue };
                let answer = answers();
                let kept = Arc::clone(&kept);
                thread::spawn(move || serve(stream, &answer, &kept));
            }
        });
        Self { address, posts, stopped }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    pub(crate) fn posts(&self) -> Vec<Post> {
        self.posts.lock().unwrap().clone()
    }

    /// The summaries of what was confirmed.
    pub(crate) fn confirmed(&self) -> Vec<String> {
        self.posts().iter().filter(|post| post.is_confirmed).map(Post::summary).collect()
    }
}

impl Drop for Hook {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
    }
}

fn serve(mut stream: TcpStream, answer: &Answer, posts: &Mutex<Vec<Post>>) {
    let _ = stream.set_read_timeout(Some(Duration::from_secs(60)));
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut headers = Vec::new();
    let mut line = String::new();
    while reader.read_line(&mut line).is_ok_and(|bytes| bytes > 2) {
        if let Some((name, value)) = line.split_once(':') {
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        line.clear();
    }
    let length = headers.iter().find(|(name, _)| name == "content-length").and_then(|(_, value)| value.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    // Who was killed in the midst of it has told nothing.
    if length.is_none() || reader.read_exact(&mut body).is_err() {
        return;
    }
    let (status, more) = match answer {
        Answer::Status(status) => (Some(*status), ""),
        Answer::With(status, header) => (Some(*status), *header),
        Answer::Silence | Answer::Close => (None, ""),
    };
    let is_confirmed = status.is_some_and(|status| (200..300).contains(&status));
    posts.lock().unwrap().push(Post { headers, body: String::from_utf8(body).unwrap(), is_confirmed });
    match (status, answer) {
        (Some(status), _) => {
            let more = if more.is_empty() { String::new() } else { format!("{more}\r\n") };
            let _ = write!(stream, "HTTP/1.1 {status} Status\r\n{more}Content-Length: 0\r\nConnection: close\r\n\r\n");
        }
        (None, Answer::Silence) => {
            // Until the client goes away.
            let _ = reader.read(&mut [0; 1]);
        }
        _ => {}
    }
}
