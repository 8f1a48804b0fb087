//! The allocator of the command, for every store that is compared. A bench that counts allocations has another one.

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
