//! git as a peer: it too keeps texts by hash, packs versions against each other and finds them again.
