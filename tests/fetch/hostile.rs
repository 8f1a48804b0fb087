//! Servers that mean harm, or are broken: each ends in an error, in bounded time and memory.

use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use morgue::fetch::{Cause, Client, Fetched, Options, Resolve, Validators};

use crate::newspaper::{Response, Server};
use crate::support::options;

/// Time enough for a machine under load, and little for a server that never ends.
fn impatient() -> Options {
    Options { total_timeout: Duration::from_secs(2), read_timeout: Duration::from_secs(1), ..options() }
}

fn get(options: Options, url: &str) -> Result<Fetched, Cause> {
    Client::new(options).get(url, &Validators::default()).map_err(|error| error.cause)
}

const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n";

/// A server that sends `start`, and then `more` for ever; and how much of it was taken.
fn endless(start: &'static [u8], more: &'static [u8], pause: Duration) -> (Server, Arc<AtomicUsize>) {
    let sent = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&sent);
    let server = Server::raw(move |_, stream| {
        stream.write_all(start)?;
        loop {
            stream.write_all(more)?;
            stream.flush()?;
            counted.fetch_add(more.len(), Ordering::SeqCst);
            std::thread::sleep(pause);
        }
    });
    (server, sent)
}

static BLOCK: [u8; 64 << 10] = [b'x'; 64 << 10];

#[test]
fn a_gzip_bomb_ends_at_the_bound() {
    let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    for _ in 0..300 {
        bomb.write_all(&vec![b' '; 1 << 20]).unwrap();
    }
    let bomb = bomb.finish().unwrap();
    assert!(bomb.len() < 1 << 20, "300 MiB in {} bytes", bomb.len());
    let server = Server::start(move |_| Response::html(bomb.clone()).with("Content-Encoding", "gzip"));
    assert_eq!(get(options(), &server.url("/")), Err(Cause::TooLarge { max_bytes: 16 << 20 }));
}

#[test]
fn a_body_of_200_mb_is_not_read_to_its_end() {
    let sent = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&sent);
    let server = Server::raw(move |_, stream| {
        stream.write_all(HEAD)?;
        stream.write_all(b"Content-Length: 209715200\r\n\r\n")?;
        for _ in 0..3_200 {
            stream.write_all(&BLOCK)?;
            counted.fetch_add(BLOCK.len(), Ordering::SeqCst);
        }
        Ok(())
    });
    assert_eq!(get(options(), &server.url("/")), Err(Cause::TooLarge { max_bytes: 16 << 20 }));
    // What was sent beyond the bound lies in the buffers of the system.
    let sent = sent.load(Ordering::SeqCst);
    assert!(sent < 64 << 20, "{sent} bytes were taken");
}

#[test]
fn an_endless_body_ends_at_the_bound() {
    for start in [&b"HTTP/1.1 200 OK\r\n\r\n"[..], &b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"[..]] {
        let more: &[u8] = if start.len() > 25 { b"4000\r\n" } else { &BLOCK };
        let server = Server::raw(move |_, stream| {
            stream.write_all(start)?;
            loop {
                stream.write_all(more)?;
                if more.len() < 10 {
                    stream.write_all(&BLOCK[..0x4000])?;
                    stream.write_all(b"\r\n")?;
                }
            }
        });
        assert_eq!(get(options(), &server.url("/")), Err(Cause::TooLarge { max_bytes: 16 << 20 }));
    }
}

#[test]
fn a_slow_drip_ends_at_the_limit_of_time() {
    for start in
        [&b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"[..], &b"HTTP/1.1 200 OK\r\nX-Drip: "[..], &b"HTT"[..]]
    {
        let (server, sent) = endless(start, b"x", Duration::from_millis(50));
        let cause = get(impatient(), &server.url("/")).unwrap_err();
        let is_expected =
            matches!(cause, Cause::Timeout { .. }) || start == b"HTT" && matches!(cause, Cause::Protocol { .. });
        assert!(is_expected, "{cause}");
        assert!(sent.load(Ordering::SeqCst) < 1_000);
    }
}

#[test]
fn a_drip_through_redirects_ends_at_the_limit_of_time_for_all_of_them() {
    let server = Server::start(|request| {
        std::thread::sleep(Duration::from_millis(700));
        let number: u32 = request.path[1..].parse().unwrap();
        Response::redirect(302, format!("/{}", number + 1))
    });
    assert!(matches!(get(impatient(), &server.url("/0")), Err(Cause::Timeout { .. })));
    assert!(server.paths().len() < 6, "{:?}", server.paths());
}

#[test]
fn a_server_that_says_nothing_is_left() {
    let server = Server::raw(|_, _| {
        std::thread::sleep(Duration::from_secs(30));
        Ok(())
    });
    assert!(matches!(get(impatient(), &server.url("/")), Err(Cause::Timeout { .. })));
}

#[test]
fn endless_redirects_are_counted_and_loops_are_seen() {
    let server = Server::start(|request| match request.path.as_str() {
        "/a" => Response::redirect(301, "/b"),
        "/b" => Response::redirect(302, "/a#again"),
        path => Response::redirect(307, format!("{path}x")),
    });
    assert_eq!(get(options(), &server.url("/")), Err(Cause::TooManyRedirects { max: 10 }));
    assert_eq!(server.paths().len(), 11);
    assert_eq!(get(options(), &server.url("/a")), Err(Cause::RedirectLoop { to: server.url("/a") }));
}

#[test]
fn a_redirect_leads_to_pages_alone() {
    for to in ["file:///etc/passwd", "ftp://news.example/", "javascript:alert(1)", "http://", "//:x"] {
        let server = Server::start(move |_| Response::redirect(301, to));
        let cause = get(options(), &server.url("/")).unwrap_err();
        assert!(matches!(&cause, Cause::Redirect { to: told, .. } if told == to), "{to}: {cause}");
    }
    for url in ["file:///etc/passwd", "ftp://news.example/", "news.example", "http://"] {
        assert!(matches!(get(options(), url), Err(Cause::Url { .. })), "{url}");
    }
}

/// Options of one who trusts 127.0.0.1 and no other private address.
fn careful() -> Options {
    Options { trusted: vec![IpAddr::from(Ipv4Addr::LOCALHOST)], ..Options::default() }
}

#[test]
fn private_addresses_are_refused_at_first_and_at_a_redirect() {
    for url in [
        "http://127.0.0.1:9/",
        "http://[::1]:9/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://[::ffff:10.0.0.1]/",
        "http://169.254.169.254/",
    ] {
        let cause = get(Options::default(), url).unwrap_err();
        assert!(matches!(cause, Cause::PrivateAddress { .. }), "{url}: {cause}");
    }
    for to in [
        "http://127.0.0.2/",
        "http://10.0.0.1/",
        "http://[::1]/",
        "http://169.254.169.254/latest/meta-data/",
        "//192.168.1.1/",
    ] {
        let server = Server::start(move |_| Response::redirect(302, to));
        let cause = get(careful(), &server.url("/")).unwrap_err();
        assert!(matches!(cause, Cause::PrivateAddress { .. }), "{to}: {cause}");
    }
}

/// A name whose address is another one each time: the trick of DNS rebinding.
#[derive(Debug)]
struct Rebinding {
    asked: AtomicUsize,
    answers: Vec<Vec<IpAddr>>,
}

impl Resolve for Rebinding {
    fn resolve(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        if host != "news.example" {
            return Err(io::Error::other("failed to lookup address information: Name or service not known"));
        }
        let number = self.asked.fetch_add(1, Ordering::SeqCst);
        Ok(self.answers[number].iter().map(|address| SocketAddr::new(*address, port)).collect())
    }
}

#[test]
fn a_name_that_turns_private_is_refused_when_it_does() {
    let server = Server::start(|_| Response::html("<p>The bridge is closed.</p>"));
    let (trusted, other) = (IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from([127, 0, 0, 2]));
    let answers = vec![vec![other, trusted], vec![other]];
    let names = Arc::new(Rebinding { asked: AtomicUsize::new(0), answers });
    let client = Client::with_resolver(careful(), Arc::clone(&names) as Arc<dyn Resolve>);
    let url = format!("http://news.example:{}/", server.address().port());
    let first = client.get(&url, &Validators::default()).unwrap();
    assert_eq!((first.status, first.url.as_str()), (200, url.as_str()), "of two addresses the trusted one is taken");
    let second = client.get(&url, &Validators::default()).unwrap_err();
    assert_eq!(second.cause, Cause::PrivateAddress { address: other });
    let unknown = client.get("http://nowhere.example/", &Validators::default()).unwrap_err();
    assert_eq!(
        unknown.to_string(),
        "http://nowhere.example/: nowhere.example cannot be looked up: Name or service not known"
    );
}

#[test]
fn floods_of_headers_are_refused() {
    let server = Server::raw(|request, stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\n")?;
        let (name, value) = if request.path == "/many" { ("X", 8) } else { ("Long", 200_000) };
        for number in 0..5_000 {
            stream.write_all(format!("{name}-{number}: {}\r\n", "y".repeat(value)).as_bytes())?;
        }
        stream.write_all(b"\r\n")
    });
    for path in ["/many", "/long"] {
        let cause = get(options(), &server.url(path)).unwrap_err();
        assert!(matches!(cause, Cause::Protocol { .. }), "{path}: {cause}");
    }
}

#[test]
fn headers_need_not_be_text() {
    let server = Server::raw(|_, stream| {
        stream.write_all(HEAD)?;
        stream.write_all(b"ETag: \"\xff\xfe\"\r\nX-Junk: \x80\x81\r\nContent-Length: 2\r\n\r\nok")
    });
    let fetched = get(options(), &server.url("/")).unwrap();
    assert_eq!((fetched.body.as_slice(), fetched.validators.etag), (b"ok".as_slice(), None));
    // Latin-1 where there should be ASCII, and UTF-8.
    let server = Server::raw(|request, stream| {
        let to: &[u8] = match request.path.as_str() {
            "/latin" => b"/caf\xe9",
            "/utf" => "/caf\u{e9}".as_bytes(),
            _ => return Response::html("ok").send(stream),
        };
        stream.write_all(&[b"HTTP/1.1 301 Moved\r\nLocation: ", to, b"\r\nContent-Length: 0\r\n\r\n"].concat())
    });
    for path in ["/latin", "/utf"] {
        assert_eq!(get(options(), &server.url(path)).unwrap().url, server.url("/caf%C3%A9"), "{path}");
    }
}

fn reset(stream: &TcpStream) -> io::Result<()> {
    // What is left unread makes the system answer with a reset and not with an end.
    stream.shutdown(std::net::Shutdown::Both)
}

#[test]
fn a_body_that_breaks_off_is_not_taken_for_whole() {
    let cases: [(&str, &'static [u8]); 3] = [
        ("/short", b"Content-Length: 1000\r\n\r\nThe bridge"),
        ("/chunk", b"Transfer-Encoding: chunked\r\n\r\n20\r\nThe bridge"),
        ("/chunks", b"Transfer-Encoding: chunked\r\n\r\nA\r\nThe bridge\r\n"),
    ];
    let server = Server::raw(move |request, stream| {
        let rest = cases.iter().find(|(path, _)| *path == request.path).unwrap().1;
        stream.write_all(&[HEAD, rest].concat())?;
        stream.flush()?;
        reset(stream)
    });
    for (path, _) in cases {
        let cause = get(options(), &server.url(path)).unwrap_err();
        assert!(matches!(cause, Cause::BrokenOff { .. }), "{path}: {cause}");
    }
    let cut = Server::raw(|_, stream| {
        stream.write_all(b"HTTP/1.1 200")?;
        reset(stream)
    });
    assert!(matches!(get(options(), &cut.url("/")), Err(Cause::BrokenOff { .. })));
}

#[test]
fn what_comes_after_the_length_that_was_said_is_not_read() {
    let server = Server::raw(|_, stream| stream.write_all(&[HEAD, b"Content-Length: 3\r\n\r\nyes, and more"].concat()));
    assert_eq!(get(options(), &server.url("/")).unwrap().body, b"yes");
}

#[test]
fn what_is_no_http_is_refused() {
    for answer in [
        &b"220 mail.example ESMTP\r\n\r\n"[..],
        b"<html>no head</html>\r\n\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"\xff\xfe\x00\x01\r\n\r\n",
    ] {
        let server = Server::raw(move |_, stream| stream.write_all(answer));
        let cause = get(options(), &server.url("/")).unwrap_err();
        assert!(matches!(cause, Cause::Protocol { .. }), "{cause}");
    }
    let closed = Server::start(|_| Response::html("x")).url("/");
    let cause = get(options(), &closed).unwrap_err();
    assert!(matches!(cause, Cause::Connect { .. } | Cause::BrokenOff { .. }), "{cause}");
}

#[test]
fn an_answer_of_any_status_is_an_answer() {
    let server = Server::start(|request| match request.path.as_str() {
        "/304" => Response::new(304, "text/html", ""),
        path => Response::new(path[1..].parse().unwrap(), "text/plain", "why").with("Retry-After", "90"),
    });
    for status in [200, 204, 300, 304, 400, 402, 403, 404, 410, 418, 429, 451, 500, 503, 599] {
        let fetched = get(options(), &server.url(&format!("/{status}"))).unwrap();
        assert_eq!(fetched.status, status);
        let wait = fetched.retry_after.map(|after| after.wait("2026-03-01".parse().unwrap()));
        assert_eq!(wait, (status != 304).then(|| Duration::from_secs(90)));
    }
}

#[test]
fn the_client_says_who_it_is_and_sends_validators_back() {
    let server = Server::start(|request| match request.header("if-none-match") {
        _ if request.path == "/old" => Response::redirect(301, "/"),
        Some("W/\"v1\"") if request.header("if-modified-since").is_some() => Response::new(304, "text/html", ""),
        _ => Response::html("x").with("ETag", "W/\"v1\"").with("Last-Modified", "Sun, 01 Mar 2026 08:00:00 GMT"),
    });
    let client = Client::new(options());
    let first = client.get(&server.url("/"), &Validators::default()).unwrap();
    let second = client.get(&server.url("/"), &first.validators).unwrap();
    assert_eq!((first.status, second.status), (200, 304));
    assert_eq!(client.get(&server.url("/old"), &first.validators).unwrap().status, 200, "another page");
    let agent = server.log()[0].header("user-agent").unwrap().to_owned();
    assert!(agent.starts_with(concat!("morgue/", env!("CARGO_PKG_VERSION"))), "{agent}");
    assert!(server.log()[0].header("if-none-match").is_none());
    assert!(server.log()[0].header("cookie").is_none() && server.log()[0].header("authorization").is_none());
}
