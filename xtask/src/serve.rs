//! `cargo xtask serve`: builds, then serves `dist` on this machine. A plain file server with the headers
//! that make a page cross-origin isolated (shared memory for the workers), compressed twins of files
//! where the browser takes them, and `ETag`s, so that a reload sends only what changed.

use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tiny_http::{Header, Method, Request, Response, Server, StatusCode};

use crate::project::Outcome;
use crate::{site, stamp};

/// What a running server does with requests.
#[derive(Clone)]
pub struct Settings {
    /// The folder that is served.
    pub folder: PathBuf,
    /// The path that it is served under: `/`, or such as `/some/where/`.
    pub prefix: String,
    /// Whether to send the headers of cross-origin isolation.
    pub isolated: bool,
}

/// More than the six requests that a browser has under way at once for one host.
const THREADS: usize = 8;

/// `cargo xtask serve [--port N] [--no-isolation] [--under /path/] [--folder DIR]`; the last three are
/// for the tests of plain hosting, and `--folder` skips the build.
pub fn run(arguments: &[String]) -> Outcome {
    let value = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1).map(String::as_str)
    };
    let port = match value("--port") {
        None => 8080,
        Some(text) => text.parse().map_err(|_| format!("--port must be a number from 0 to 65535, not `{text}`"))?,
    };
    let folder = match value("--folder") {
        Some(folder) => PathBuf::from(folder),
        None => site::build()?,
    };
    let settings = Settings {
        folder,
        prefix: value("--under").unwrap_or("/").to_string(),
        isolated: !arguments.iter().any(|argument| argument == "--no-isolation"),
    };
    let prefix = settings.prefix.clone();
    let (port, threads) = start(port, settings)?;
    println!("GradLab is at http://127.0.0.1:{port}{prefix}   (Ctrl+C ends it)");
    for thread in threads {
        let _ = thread.join();
    }
    Ok(())
}

/// Starts to serve on 127.0.0.1; port 0 takes a free one. The port, and the threads that serve.
pub fn start(port: u16, settings: Settings) -> Outcome<(u16, Vec<std::thread::JoinHandle<()>>)> {
    let server = Server::http(("127.0.0.1", port))
        .map_err(|error| format!("cannot listen on port {port}: {error}. Another one: cargo xtask serve --port 8081"))?;
    let port = server.server_addr().to_ip().map_or(port, |address| address.port());
    let server = Arc::new(server);
    let threads = (0..THREADS)
        .map(|_| {
            let (server, settings) = (server.clone(), settings.clone());
            std::thread::spawn(move || {
                while let Ok(request) = server.recv() {
                    // A browser that hung up is its own affair.
                    let _ = answer(request, &settings);
                }
            })
        })
        .collect();
    Ok((port, threads))
}

fn answer(request: Request, settings: &Settings) -> std::io::Result<()> {
    let response = match request.method() {
        Method::Get | Method::Head => respond(&request, settings),
        _ => plain(405, "Only GET and HEAD are served here."),
    };
    let response = common_headers(settings).into_iter().fold(response, Response::with_header);
    request.respond(response)
}

fn respond(request: &Request, settings: &Settings) -> Response<Cursor<Vec<u8>>> {
    let Some(file) = locate(request.url(), settings) else {
        return plain(404, "There is no such file here.");
    };
    let accepted = header_of(request, "Accept-Encoding").unwrap_or_default();
    let (body_file, encoding) = twin(&file, &accepted);
    let Ok(bytes) = std::fs::read(&body_file) else {
        return plain(404, "There is no such file here.");
    };
    let tag = format!("\"{}\"", stamp::of_bytes(&bytes));
    let headers = [
        Some(("Content-Type", media_type(&file).to_string())),
        Some(("ETag", tag.clone())),
        Some(("Cache-Control", "no-cache".to_string())),
        Some(("Vary", "Accept-Encoding".to_string())),
        encoding.map(|name| ("Content-Encoding", name.to_string())),
    ];
    let unchanged = header_of(request, "If-None-Match").is_some_and(|known| known == tag);
    let response = if unchanged {
        Response::from_data(Vec::new()).with_status_code(StatusCode(304))
    } else {
        // Never chunked: progress bars want to know the length.
        Response::from_data(bytes).with_chunked_threshold(usize::MAX)
    };
    headers
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| Header::from_bytes(name, value).ok())
        .fold(response, Response::with_header)
}

/// The file that an address names, if it lies in the folder.
fn locate(url: &str, settings: &Settings) -> Option<PathBuf> {
    let path = url.split(['?', '#']).next()?;
    let below = path.strip_prefix(settings.prefix.as_str())?;
    let safe = below.split('/').all(|part| part != ".." && !part.contains(['\\', ':', '%', '\0']));
    if !safe {
        return None;
    }
    let mut file = settings.folder.join(below);
    if below.is_empty() || below.ends_with('/') {
        file.push("index.html");
    }
    file.is_file().then_some(file)
}

/// The compressed twin of a file that the browser accepts, with its encoding's name, or the file itself.
fn twin(file: &Path, accepted: &str) -> (PathBuf, Option<&'static str>) {
    for (encoding, suffix) in [("br", "br"), ("gzip", "gz")] {
        let accepts = accepted.split(',').any(|entry| entry.split(';').next().unwrap_or_default().trim() == encoding);
        let candidate = PathBuf::from(format!("{}.{suffix}", file.display()));
        if accepts && candidate.is_file() {
            return (candidate, Some(encoding));
        }
    }
    (file.to_path_buf(), None)
}

fn common_headers(settings: &Settings) -> Vec<Header> {
    let mut headers = vec![("X-Content-Type-Options", "nosniff")];
    if settings.isolated {
        headers.extend([
            ("Cross-Origin-Opener-Policy", "same-origin"),
            ("Cross-Origin-Embedder-Policy", "require-corp"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
        ]);
    }
    headers.into_iter().filter_map(|(name, value)| Header::from_bytes(name, value).ok()).collect()
}

fn plain(status: u16, sentence: &str) -> Response<Cursor<Vec<u8>>> {
    Response::from_string(sentence).with_status_code(StatusCode(status))
}

fn header_of(request: &Request, name: &'static str) -> Option<String> {
    request.headers().iter().find(|header| header.field.equiv(name)).map(|header| header.value.as_str().to_string())
}

fn media_type(file: &Path) -> &'static str {
    let extension = file.extension().unwrap_or_default().to_string_lossy();
    match extension.as_ref() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "json" => "application/json; charset=utf-8",
        "webmanifest" => "application/manifest+json; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "woff2" => "font/woff2",
        "md" => "text/markdown; charset=utf-8",
        "py" | "txt" => "text/plain; charset=utf-8",
        "gz" => "application/gzip",
        _ => "application/octet-stream",
    }
}
