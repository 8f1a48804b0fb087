//! XXH3 with 64 bits and the seed 0, the checksum of fjall's journal, of at least 17 bytes: the least that is in a batch.
//!
//! As the specification has it (`doc/xxhash_spec.md` in github.com/Cyan4973/xxHash, "XXH3 Algorithm Overview").

const P32_1: u64 = 0x9E37_79B1;
const P32_2: u64 = 0x85EB_CA77;
const P32_3: u64 = 0xC2B2_AE3D;
const P64_1: u64 = 0x9E37_79B1_85EB_CA87;
const P64_2: u64 = 0xC2B2_AE3D_27D4_EB4F;
const P64_3: u64 = 0x1656_67B1_9E37_79F9;
const P64_4: u64 = 0x85EB_CA77_C2B2_AE63;
const P64_5: u64 = 0x27D4_EB2F_1656_67C5;

#[rustfmt::skip]
const SECRET: [u8; 192] = [
    0xb8, 0xfe, 0x6c, 0x39, 0x23, 0xa4, 0x4b, 0xbe, 0x7c, 0x01, 0x81, 0x2c, 0xf7, 0x21, 0xad, 0x1c,
    0xde, 0xd4, 0x6d, 0xe9, 0x83, 0x90, 0x97, 0xdb, 0x72, 0x40, 0xa4, 0xa4, 0xb7, 0xb3, 0x67, 0x1f,
    0xcb, 0x79, 0xe6, 0x4e, 0xcc, 0xc0, 0xe5, 0x78, 0x82, 0x5a, 0xd0, 0x7d, 0xcc, 0xff, 0x72, 0x21,
    0xb8, 0x08, 0x46, 0x74, 0xf7, 0x43, 0x24, 0x8e, 0xe0, 0x35, 0x90, 0xe6, 0x81, 0x3a, 0x26, 0x4c,
    0x3c, 0x28, 0x52, 0xbb, 0x91, 0xc3, 0x00, 0xcb, 0x88, 0xd0, 0x65, 0x8b, 0x1b, 0x53, 0x2e, 0xa3,
    0x71, 0x64, 0x48, 0x97, 0xa2, 0x0d, 0xf9, 0x4e, 0x38, 0x19, 0xef, 0x46, 0xa9, 0xde, 0xac, 0xd8,
    0xa8, 0xfa, 0x76, 0x3f, 0xe3, 0x9c, 0x34, 0x3f, 0xf9, 0xdc, 0xbb, 0xc7, 0xc7, 0x0b, 0x4f, 0x1d,
    0x8a, 0x51, 0xe0, 0x4b, 0xcd, 0xb4, 0x59, 0x31, 0xc8, 0x9f, 0x7e, 0xc9, 0xd9, 0x78, 0x73, 0x64,
    0xea, 0xc5, 0xac, 0x83, 0x34, 0xd3, 0xeb, 0xc3, 0xc5, 0x81, 0xa0, 0xff, 0xfa, 0x13, 0x63, 0xeb,
    0x17, 0x0d, 0xdd, 0x51, 0xb7, 0xf0, 0xda, 0x49, 0xd3, 0x16, 0x55, 0x26, 0x29, 0xd4, 0x68, 0x9e,
    0x2b, 0x16, 0xbe, 0x58, 0x7d, 0x47, 0xa1, 0xfc, 0x8f, 0xf8, 0xb8, 0xd1, 0x7a, 0xd0, 0x31, 0xce,
    0x45, 0xcb, 0x3a, 0x8f, 0x95, 0x16, 0x04, 0x28, 0xaf, 0xd7, 0xfb, 0xca, 0xbb, 0x4b, 0x40, 0x7e,
];

const STRIPE: usize = 64;
/// So many stripes, each with a secret that begins 8 bytes later, and the lanes are scrambled.
const BLOCK: usize = 16 * STRIPE;

/// Returns the checksum of at least 17 bytes. Fewer have another one.
pub(super) fn hash(bytes: &[u8]) -> u64 {
    match bytes.len() {
        ..=128 => short(bytes),
        129..=240 => middle(bytes),
        _ => long(bytes),
    }
}

/// From both ends inwards.
fn short(bytes: &[u8]) -> u64 {
    let length = bytes.len();
    let pairs = (0..length.saturating_sub(1) / 32 + 1).map(|pair| {
        let (head, tail) = (16 * pair, length.saturating_sub(16 * (pair + 1)));
        mix(bytes, head, 32 * pair).wrapping_add(mix(bytes, tail, 32 * pair + 16))
    });
    avalanche(pairs.fold(times_length(length), u64::wrapping_add))
}

fn middle(bytes: &[u8]) -> u64 {
    let part = |n: usize| if n < 8 { mix(bytes, 16 * n, 16 * n) } else { mix(bytes, 16 * n, 16 * (n - 8) + 3) };
    let first = avalanche((0..8).map(part).fold(times_length(bytes.len()), u64::wrapping_add));
    let rest = (8..bytes.len() / 16).map(part).fold(first, u64::wrapping_add);
    avalanche(rest.wrapping_add(mix(bytes, bytes.len() - 16, 119)))
}

fn long(bytes: &[u8]) -> u64 {
    let mut lanes = [P32_3, P64_1, P64_2, P64_3, P64_4, P32_2, P64_5, P32_1];
    // The last stripe is always by itself, also where it ends a block.
    let (inner, last) = (bytes.len() - 1, bytes.get(bytes.len() - STRIPE..).unwrap_or_default());
    for block in bytes.get(..inner).unwrap_or_default().chunks(BLOCK) {
        for (n, stripe) in block.chunks_exact(STRIPE).enumerate() {
            accumulate(&mut lanes, stripe, 8 * n);
        }
        if block.len() == BLOCK {
            scramble(&mut lanes);
        }
    }
    accumulate(&mut lanes, last, SECRET.len() - STRIPE - 7);
    let pairs = lanes.chunks_exact(2).enumerate().map(|(n, pair)| match pair {
        [a, b] => fold(a ^ word(&SECRET, 11 + 16 * n), b ^ word(&SECRET, 19 + 16 * n)),
        _ => 0,
    });
    avalanche(pairs.fold(times_length(bytes.len()), u64::wrapping_add))
}

fn accumulate(lanes: &mut [u64; 8], stripe: &[u8], secret: usize) {
    let mut added = [0; 8];
    for ((n, lane), added) in lanes.iter_mut().enumerate().zip(&mut added) {
        let data = word(stripe, 8 * n);
        let keyed = data ^ word(&SECRET, secret + 8 * n);
        *added = data;
        *lane = lane.wrapping_add((keyed & 0xffff_ffff) * (keyed >> 32));
    }
    // Each lane gets the data of its neighbour.
    for (pair, added) in lanes.chunks_exact_mut(2).zip(added.chunks_exact(2)) {
        pair.iter_mut().zip(added.iter().rev()).for_each(|(lane, added)| *lane = lane.wrapping_add(*added));
    }
}

fn scramble(lanes: &mut [u64; 8]) {
    for (n, lane) in lanes.iter_mut().enumerate() {
        *lane = (*lane ^ (*lane >> 47) ^ word(&SECRET, SECRET.len() - STRIPE + 8 * n)).wrapping_mul(P32_1);
    }
}

fn mix(bytes: &[u8], at: usize, secret: usize) -> u64 {
    fold(word(bytes, at) ^ word(&SECRET, secret), word(bytes, at + 8) ^ word(&SECRET, secret + 8))
}

fn word(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..).and_then(|bytes| bytes.first_chunk()).map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

fn times_length(length: usize) -> u64 {
    (length as u64).wrapping_mul(P64_1)
}

fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}

fn avalanche(hash: u64) -> u64 {
    let hash = (hash ^ (hash >> 37)).wrapping_mul(0x1656_6791_9E37_79F9);
    hash ^ (hash >> 32)
}
