//! Lays every page out in a folder, to be looked at: `cargo run -p warifu-server --example render_pages target/pages`.

mod samples;

fn main() -> std::io::Result<()> {
    let out = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "target/pages".to_owned());
    samples::render_all(std::path::Path::new(&out))
}
