//! Runs PyTorch lines on GradLab's own core, as the cells of the lessons do. Reads programs from standard input, each ended by a
//! line `---`, and prints what each shows, ended so too: for comparing with PyTorch itself (`tests/golden/compare.py`).

use gradlab::lessons::python::Interpreter;
use std::io::Read;

fn main() -> std::io::Result<()> {
    let mut all = String::new();
    std::io::stdin().read_to_string(&mut all)?;
    for program in all.split("\n---\n").filter(|program| !program.trim().is_empty()) {
        // A panic in one program must not hide the others.
        let shown = std::panic::catch_unwind(|| Interpreter::new().run(program));
        println!("{}\n---", shown.unwrap_or_else(|_| "PANIC".to_owned()));
    }
    Ok(())
}
