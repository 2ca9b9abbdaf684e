#[inline(never)] fn depth(n: u64) -> u64 { let a = std::hint::black_box([n; 16]); if n == 0 { 0 } else { depth(n - 1) + a[3] } }
fn main() { let n = std::env::args().count() as u64 * 10_000_000; std::thread::Builder::new().name("parser".into()).spawn(move || println!("{}", depth(n))).unwrap().join().unwrap(); }
