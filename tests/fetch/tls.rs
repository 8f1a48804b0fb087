//! https, by certificates made for the test.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread;

use morgue::fetch::{Cause, Client, Options, Validators};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::support::options;

/// Serves one page for each connection, with a certificate for these names; returns the address and the certificate.
fn serve(names: &[&str]) -> (SocketAddr, Vec<u8>) {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(names).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = StreamOwned::new(connection, stream.unwrap());
            // A client that does not trust us goes away.
            let mut request = [0; 4096];
            if stream.read(&mut request).is_ok() {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nsecret");
                stream.conn.send_close_notify();
                let _ = stream.flush();
            }
        }
    });
    (address, cert.der().to_vec())
}

fn get(options: Options, address: SocketAddr) -> Result<Vec<u8>, Cause> {
    let fetched = Client::new(options).get(&format!("https://{address}/"), &Validators::default());
    fetched.map(|fetched| fetched.body).map_err(|error| error.cause)
}

#[test]
fn a_certificate_that_is_trusted_opens_a_page() {
    let (address, certificate) = serve(&["127.0.0.1"]);
    assert_eq!(get(Options { roots: vec![certificate], ..options() }, address).unwrap(), b"secret");
}

#[test]
fn others_do_not() {
    let (address, _) = serve(&["127.0.0.1"]);
    let (elsewhere, of_another_name) = serve(&["news.example"]);
    for (address, options) in [(address, options()), (elsewhere, Options { roots: vec![of_another_name], ..options() })]
    {
        let cause = get(options, address).unwrap_err();
        assert!(matches!(&cause, Cause::Tls { host, .. } if host == "127.0.0.1"), "{cause}");
        assert!(cause.to_string().contains("certificate"), "{cause}");
    }
}

#[test]
fn a_server_without_tls_is_no_https() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let mut stream = listener.accept().unwrap().0;
        let _ = stream.read(&mut [0; 4096]);
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    });
    let cause = get(options(), address).unwrap_err();
    assert!(matches!(cause, Cause::Tls { .. }), "{cause}");
}
