// Many threads on stacks of many sizes; overflows on the first thread or on another, which the runtime reports by itself.
use std::hint::black_box;
use std::process::{exit, Command};
use std::thread;

fn depth(n: usize) -> usize {
    let frame = black_box([1u8; 100]);
    if n == 0 { 0 } else { frame[n % 100] as usize + depth(n - 1) }
}

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("overflow") => { depth(usize::MAX); }
        Some("thread") => { let _ = thread::Builder::new().name("deep".into()).spawn(|| depth(usize::MAX)).unwrap().join(); }
        _ => {
            let threads: Vec<_> = (0..100)
                .map(|i| thread::Builder::new().stack_size((i % 8 + 1) << 20).spawn(move || depth((i % 8 + 1) * 3000)).unwrap())
                .collect();
            println!("total {}", threads.into_iter().map(|t| t.join().unwrap()).sum::<usize>());
            println!("panicked {}", thread::spawn(|| panic!("on purpose")).join().is_err());
            println!("child {:?}", Command::new("sh").args(["-c", "exit 9"]).status().unwrap().code());
        }
    }
    exit(0)
}
