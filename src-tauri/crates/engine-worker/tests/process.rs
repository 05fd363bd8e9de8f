//! The worker as a process: how it starts, what it refuses, how it ends.
#![allow(clippy::unwrap_used)]

mod support;

use std::{fs, io::Read};

use domain::{EngineError, RenderSource};
use engine_protocol::{BUILD, Body, LoadRequest, ReplyBody};
use support::{Worker, load_request, question, starter};

#[test]
fn it_says_hello_with_its_build_and_the_fast_instructions() {
    let worker = Worker::start();
    assert_eq!(worker.hello.build, BUILD);
    assert_eq!(worker.hello.pid, worker.child.id());
    if cfg!(target_arch = "x86_64") {
        // A build environment with SOURCE_DATE_EPOCH silently leaves these out.
        for set in ["AVX2 = 1", "FMA = 1", "F16C = 1", "BMI2 = 1"] {
            assert!(worker.hello.system_info.contains(set), "{set} in {}", worker.hello.system_info);
        }
    }
}

#[test]
fn a_load_tells_what_was_loaded() {
    let mut worker = Worker::start();
    let facts = worker.load(load_request()).unwrap();
    assert_eq!((facts.context_tokens, facts.trained_context_tokens), (2_048, 2_048));
    assert_eq!(facts.default_sampling.temperature, 0.0, "the starter model answers greedily");
    assert!(!facts.template_fallback && !facts.vocabulary_only);
    assert!(facts.engine_build.contains(BUILD));
    assert_eq!(facts.template_sha256.len(), 64);
    let again = worker.load(load_request());
    assert!(matches!(again, Err(EngineError::Unavailable(_))), "{again:?}");
}

#[test]
fn what_cannot_be_loaded_is_refused_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |file: std::path::PathBuf| {
        Worker::start().load(LoadRequest { files: vec![file], ..load_request() }).unwrap_err()
    };
    let missing = folder.path().join("missing.gguf");
    assert_eq!(refused(missing.clone()), EngineError::ModelMissing(missing));
    let text = folder.path().join("text.gguf");
    fs::write(&text, "This is no model.").unwrap();
    assert!(matches!(refused(text), EngineError::ModelUnreadable(_)));
    let whole = fs::read(starter()).unwrap();
    let cut = folder.path().join("cut.gguf");
    fs::write(&cut, &whole[..whole.len() - 1]).unwrap();
    assert!(matches!(refused(cut), EngineError::ModelUnreadable(_)));
    let none = Worker::start().load(LoadRequest { files: Vec::new(), ..load_request() });
    assert!(matches!(none, Err(EngineError::ModelUnreadable(_))));
}

#[test]
fn a_load_can_be_cancelled() {
    let mut worker = Worker::start();
    let id = worker.send(Body::Load(load_request()));
    worker.send(Body::Cancel(id));
    loop {
        match worker.reply().body {
            ReplyBody::Loading(_) => {}
            // It may have been faster than we were.
            ReplyBody::Loaded(_) | ReplyBody::Failed(EngineError::Cancelled) => break,
            other => panic!("unexpected {other:?}"),
        }
    }
}

#[test]
fn before_a_load_only_templates_render() {
    let mut worker = Worker::start();
    let none = Err(EngineError::Unavailable("no model is loaded".into()));
    assert_eq!(worker.answer(question("?")), none);
    assert_eq!(worker.measure(question("?")), Err(EngineError::Unavailable("no model is loaded".into())));
    let messages = r#"{"messages": [{"role": "user", "content": "Hi"}]}"#;
    let source = RenderSource::Template {
        template: "{{ bos_token }}{% for m in messages %}[{{ m.role }}] {{ m.content }}{{ eos_token }}{% endfor %}"
            .into(),
        bos: "<s>".into(),
        eos: "</s>".into(),
    };
    assert_eq!(worker.render(source, messages).unwrap(), "<s>[user] Hi</s>");
    let rendered = worker.render(RenderSource::Model(starter()), messages).unwrap();
    assert_eq!(rendered, "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n");
    let bad = worker.render(RenderSource::Model(starter()), "{}").unwrap_err();
    assert!(matches!(bad, EngineError::Template(_)));
}

#[test]
fn a_vocabulary_counts_and_does_not_answer() {
    let mut worker = Worker::start();
    let facts = worker.load(LoadRequest { vocabulary_only: true, ..load_request() }).unwrap();
    assert!(facts.vocabulary_only);
    let whole = Worker::loaded().measure(question("What is Drawbridge?")).unwrap();
    assert_eq!(worker.measure(question("What is Drawbridge?")).unwrap(), whole);
    assert!(matches!(worker.answer(question("?")), Err(EngineError::Unavailable(_))));
}

#[test]
fn a_worker_that_measures_takes_no_model_any_more_and_the_other_way_round() {
    let mut worker = Worker::start();
    let id = worker.send(Body::MeasureMachine);
    worker.send(Body::Cancel(id));
    assert_eq!(worker.reply().body, ReplyBody::Failed(EngineError::Cancelled));
    let refused = worker.load(load_request());
    assert_eq!(refused, Err(EngineError::Unavailable("it was there to measure".into())));
    let mut worker = Worker::loaded();
    worker.send(Body::MeasureMachine);
    let reply = worker.reply().body;
    assert!(matches!(reply, ReplyBody::Failed(EngineError::Unavailable(_))), "{reply:?}");
}

#[test]
fn pings_are_answered_in_the_middle_of_an_answer() {
    let mut worker = Worker::loaded();
    worker.send(Body::Ping);
    let ReplyBody::Pong { progress: before, busy: false } = worker.reply().body else { panic!("idle") };
    let answer = worker.send(Body::Answer(question("Tell me a story")));
    let mut beats = Vec::new();
    let mut ping = worker.send(Body::Ping);
    loop {
        let reply = worker.reply();
        match reply.body {
            ReplyBody::Pong { progress, busy } => {
                assert_eq!(reply.id, ping);
                beats.push((progress, busy));
                ping = worker.send(Body::Ping);
            }
            ReplyBody::Finished { .. } => break,
            _ => assert_eq!(reply.id, answer),
        }
    }
    assert!(beats.iter().any(|(_, busy)| *busy), "{beats:?}");
    assert!(beats.last().unwrap().0 > before && beats.is_sorted_by_key(|(progress, _)| *progress), "{beats:?}");
}

#[test]
fn it_ends_with_its_input_even_in_the_middle_of_an_answer() {
    let mut worker = Worker::loaded();
    worker.send(Body::Answer(question("Tell me a story")));
    worker.reply();
    drop(worker.to.take());
    let mut rest = Vec::new();
    worker.from.read_to_end(&mut rest).unwrap();
    assert_eq!(worker.child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_frame_that_is_none_ends_it_with_a_code_of_its_own() {
    for garbage in [&[0xff, 0xff, 0xff, 0xff][..], &[3, 0, 0, 0, 0xff, 0xff, 0xff]] {
        let mut worker = Worker::start();
        worker.write_raw(garbage);
        assert!(worker.reply_or_end().is_none());
        assert_eq!(worker.child.wait().unwrap().code(), Some(2));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn the_walls_are_up_once_a_model_is_loaded() {
    let worker = Worker::loaded();
    let status = fs::read_to_string(format!("/proc/{}/status", worker.child.id())).unwrap();
    let line = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().to_owned();
    assert_eq!((line("Seccomp:").as_str(), line("NoNewPrivs:").as_str()), ("2", "1"));
    let tasks = fs::read_dir(format!("/proc/{}/task", worker.child.id())).unwrap();
    for task in tasks {
        let status = fs::read_to_string(task.unwrap().path().join("status")).unwrap();
        assert!(status.contains("Seccomp:\t2"), "every thread: {status}");
    }
}
