//! From the name of a host to the addresses that may be connected to.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::{Arc, mpsc};
use std::thread;

use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use super::address::is_public;
use super::error::Cause;

/// Looks names up.
pub trait Resolve: fmt::Debug + Send + Sync + 'static {
    /// Returns the addresses of a host, the best first. It may take long: the caller waits no longer than its time limit.
    ///
    /// # Errors
    /// When the host is not known, or cannot be looked up now.
    fn resolve(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>>;
}

/// Looks names up as the system does.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        Ok((host, port).to_socket_addrs()?.collect())
    }
}

/// What stands between ureq and a [`Resolve`]: ureq connects to what this returns and to nothing else, so that a name that has
/// another address the next time it is looked up (DNS rebinding) gains nothing by it.
#[derive(Debug)]
pub(super) struct Guard {
    pub(super) names: Arc<dyn Resolve>,
    pub(super) allow_private: bool,
    pub(super) trusted: Vec<IpAddr>,
}

/// A [`Cause`] on its way through ureq.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub(super) struct Refused(pub(super) Cause);

impl Resolver for Guard {
    fn resolve(
        &self,
        uri: &Uri,
        _: &ureq::config::Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = self.addresses(uri, timeout).map_err(|cause| ureq::Error::Other(Box::new(Refused(cause))))?;
        let mut addresses = self.empty();
        // There is room for 16.
        for address in found.into_iter().take(16) {
            addresses.push(address);
        }
        Ok(addresses)
    }
}

impl Guard {
    fn addresses(&self, uri: &Uri, timeout: NextTimeout) -> Result<Vec<SocketAddr>, Cause> {
        let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
        let port = uri.port_u16().unwrap_or(if uri.scheme_str() == Some("https") { 443 } else { 80 });
        let found = match host.parse::<IpAddr>() {
            Ok(address) => vec![SocketAddr::new(address, port)],
            Err(_) => self.look_up(host, port, timeout)?,
        };
        let first = *found.first().ok_or_else(|| no_such(host, "it has no address"))?;
        let mut allowed = found;
        allowed.retain(|address| self.allows(address.ip()));
        if allowed.is_empty() {
            return Err(Cause::PrivateAddress { address: first.ip() });
        }
        Ok(allowed)
    }

    fn allows(&self, address: IpAddr) -> bool {
        self.allow_private || is_public(address) || self.trusted.contains(&address)
    }

    /// Looks up in a thread of its own, as the system's way to do it knows no time limit; that thread ends when the system gives up.
    fn look_up(&self, host: &str, port: u16, timeout: NextTimeout) -> Result<Vec<SocketAddr>, Cause> {
        let (sender, receiver) = mpsc::sync_channel(1);
        let (names, name) = (Arc::clone(&self.names), host.to_owned());
        let thread = thread::Builder::new().name("resolve".to_owned());
        thread
            .spawn(move || sender.send(names.resolve(&name, port)).ok())
            .map_err(|error| no_such(host, &error.to_string()))?;
        match receiver.recv_timeout(*timeout.after) {
            Ok(found) => found.map_err(|error| no_such(host, &error.to_string())),
            Err(_) => Err(Cause::Timeout { what: format!("looking up {host}") }),
        }
    }
}

fn no_such(host: &str, reason: &str) -> Cause {
    let reason = reason.strip_prefix("failed to lookup address information: ").unwrap_or(reason);
    Cause::NoSuchHost { host: host.to_owned(), reason: reason.to_owned() }
}
