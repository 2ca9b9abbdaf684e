// Names of many kinds, to be compiled with Rust's v0 mangling.
use std::collections::HashMap;
use std::fmt::Display;
pub trait Shape { fn area(&self, n: u32) -> f64; }
pub struct Square<T, const N: usize>(pub T);
impl<T: Copy + Into<f64>, const N: usize> Shape for Square<T, N> { #[inline(never)] fn area(&self, n: u32) -> f64 { let v: f64 = self.0.into(); v * n as f64 * N as f64 } }
impl<T> Square<T, 3> { #[inline(never)] pub fn inherent(&self, f: &dyn Fn(i32) -> i32) -> i32 { f(3) } }
mod nested { pub mod deeper { #[inline(never)] pub fn überläufer<T: std::fmt::Debug>(x: T) -> String { format!("{:?}", x) } } }
#[inline(never)] fn flag<const B: bool, const C: char, const M: i8>(x: &mut [u8]) -> usize { if B { x.len() } else { C as usize + M as usize } }
#[inline(never)] fn takes_fn(f: extern "C" fn(u8, *const i64) -> !, g: fn(&str), t: (i32,), a: [u16; 4]) -> usize { f as usize + g as usize + t.0 as usize + a.len() }
#[inline(never)] fn generic<A, B>(_: A, _: B) -> &'static str { std::any::type_name::<(A, B)>() }
extern "C" fn never(_: u8, _: *const i64) -> ! { loop {} }
#[inline(never)] fn depth(n: u64) -> u64 { let room = [n; 32]; std::hint::black_box(&room); if n == 0 { 0 } else { 1 + depth(n - 1) + std::hint::black_box(room[3]) } }
fn main() {
    let s = Square::<f32, 3>(2.0);
    let k = 4;
    println!("{} {}", s.area(3), s.inherent(&move |x| x + k));
    println!("{}", nested::deeper::überläufer(vec![Some(1u8)]));
    println!("{}", flag::<true, 'ß', -5>(&mut [1, 2]) + flag::<false, 'x', 7>(&mut [1]));
    println!("{}", takes_fn(never, |_| {}, (1,), [1, 2, 3, 4]));
    println!("{}", generic::<&dyn Display, HashMap<String, Box<dyn Fn(&u8) + Send>>>(&1, HashMap::new()));
    println!("{}", generic::<fn(&mut i8, &'static [&str]) -> (), *mut (u8, i128)>(|_, _| {}, std::ptr::null_mut()));
    let t = std::thread::spawn(move || depth(std::env::args().count() as u64 * 1000)); println!("{}", t.join().unwrap());
}
