//! Writes the TypeScript side of the contract to standard output: `./dev types` puts it in its place.

#[allow(clippy::print_stdout)] // this is what the program is for
fn main() {
    print!("{}", wire::typescript());
}
