use super::*;

fn kind(status: u16, body: &str) -> FaultKind {
    of_answer("X", StatusCode::from_u16(status).unwrap_or_default(), &HeaderMap::new(), body).kind
}

#[test]
fn each_provider_s_words_become_the_kind_that_they_mean() {
    use FaultKind::*;
    for (status, body, wanted) in [
        (
            401,
            r#"{"error":{"message":"Incorrect API key provided: sk-…","type":"invalid_request_error","code":"invalid_api_key"}}"#,
            KeyRejected,
        ),
        (401, r#"{"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"}}"#, KeyRejected),
        (
            400,
            r#"{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID"}]}}"#,
            KeyRejected,
        ),
        (401, "", KeyRejected),
        (
            403,
            r#"{"error":{"message":"Country not supported","code":"unsupported_country_region_territory"}}"#,
            NotAllowed,
        ),
        (404, r#"{"error":{"message":"The model `x` does not exist","code":"model_not_found"}}"#, NotFound),
        (
            404,
            r#"{"error":{"code":"DeploymentNotFound","message":"The API deployment for this resource does not exist."}}"#,
            NotFound,
        ),
        (
            429,
            r#"{"error":{"message":"Rate limit reached","type":"tokens","code":"rate_limit_exceeded"}}"#,
            RateLimited,
        ),
        (
            429,
            r#"{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","code":"insufficient_quota"}}"#,
            QuotaExhausted,
        ),
        (
            429,
            r#"{"error":{"type":"rate_limit_error","message":"x","details":{"error_code":"enforced_spend_limit_reached"}}}"#,
            QuotaExhausted,
        ),
        (
            400,
            r#"{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the Anthropic API."}}"#,
            QuotaExhausted,
        ),
        (402, r#"{"type":"error","error":{"type":"billing_error","message":"x"}}"#, QuotaExhausted),
        (429, r#"{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","details":[{"retryDelay":"34s"}]}}"#, RateLimited),
        (
            429,
            r#"{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","details":[{"violations":[{"quotaId":"GenerateRequestsPerDayPerProject"}]}]}}"#,
            QuotaExhausted,
        ),
        (
            400,
            r#"{"error":{"message":"This model's maximum context length is 8192 tokens.","code":"context_length_exceeded"}}"#,
            TooLong,
        ),
        (
            400,
            r#"{"error":{"type":"invalid_request_error","message":"prompt is too long: 250000 tokens > 200000 maximum"}}"#,
            TooLong,
        ),
        (
            400,
            r#"{"error":{"code":400,"message":"The input token count (2000000) exceeds the maximum number of tokens allowed (1048576).","status":"INVALID_ARGUMENT"}}"#,
            TooLong,
        ),
        (400, r#"{"error":{"message":"The response was filtered","code":"content_filter","innererror":{}}}"#, Filtered),
        (
            400,
            r#"{"error":{"message":"Unsupported value: 'temperature'","param":"temperature","code":"unsupported_value"}}"#,
            BadRequest,
        ),
        (422, r#"{"detail":[{"msg":"field required"}]}"#, BadRequest),
        (
            429,
            r#"{"error":{"code":429,"message":"Quota exceeded for metric: generate_content_free_tier_requests, limit: 0","status":"RESOURCE_EXHAUSTED"}}"#,
            NotAllowed,
        ),
        (429, r#"{"type":"error","error":{"type":"rate_limit_error","message":"x"}}"#, QuotaExhausted),
        (429, r#"{"error":{"type":"rate_limit_error","code":"slow_down","message":"x"}}"#, RateLimited),
        (408, "", Unavailable),
        (409, "", Unavailable),
        (413, r#"{"error":{"type":"request_too_large","message":"Request exceeds the maximum size"}}"#, BadRequest),
        (500, "<html><body>Bad gateway</body></html>", Unavailable),
        (502, "", Unavailable),
        (503, r#"{"error":{"code":"server_is_overloaded"}}"#, Unavailable),
        (529, r#"{"error":{"type":"overloaded_error","message":"Overloaded"}}"#, Unavailable),
    ] {
        assert_eq!(kind(status, body), wanted, "{status} {body}");
    }
}

#[test]
fn a_model_that_sees_nothing_is_said_to_and_is_not_asked_again() {
    for (status, message) in [
        (400, "Invalid content type. image_url is only supported by certain models."),
        (400, "'claude-3-5-haiku-20241022' does not support image input."),
        (400, "Image input modality is not enabled for models/gemma-3-1b-it"),
        (404, "No endpoints found that support image input"),
        (500, "image input is not supported - hint: if this is unexpected, you may need to provide the mmproj"),
    ] {
        let body = serde_json::json!({"error": {"code": status, "message": message}}).to_string();
        let status = StatusCode::from_u16(status).unwrap_or_default();
        let fault = of_answer("X", status, &HeaderMap::new(), &body);
        assert_eq!(fault.kind, FaultKind::BadRequest, "{message}");
        assert!(fault.message.contains("sees no images"), "{}", fault.message);
    }
}

#[test]
fn the_wish_to_wait_is_kept_and_said() {
    let mut headers = HeaderMap::new();
    headers.insert("retry-after", http::HeaderValue::from_static("20"));
    let fault = of_answer("Anthropic", StatusCode::TOO_MANY_REQUESTS, &headers, "{}");
    assert_eq!(fault.retry_after, Some(Duration::from_secs(20)));
    assert_eq!(fault.message, "Anthropic asks to wait 20 seconds: too much was asked in a short time.");
    let body = r#"{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","details":[{"retryDelay":"3.5s"}]}}"#;
    let fault = of_answer("Gemini", StatusCode::TOO_MANY_REQUESTS, &HeaderMap::new(), body);
    assert_eq!(fault.retry_after, Some(Duration::from_millis(3_500)));
}

#[test]
fn a_limit_of_a_moment_says_how_long_and_is_no_lack_of_money() {
    let mut headers = HeaderMap::new();
    headers.insert("retry-after", http::HeaderValue::from_static("7"));
    let body = r#"{"type":"error","error":{"type":"rate_limit_error","message":"x"}}"#;
    let fault = of_answer("Anthropic", StatusCode::TOO_MANY_REQUESTS, &headers, body);
    assert_eq!((fault.kind, fault.retry_after), (FaultKind::RateLimited, Some(Duration::from_secs(7))));
}

#[test]
fn a_list_of_fields_that_were_not_understood_names_them_and_shows_nothing_of_the_question() {
    let body =
        r#"{"detail":[{"loc":["body","stream_options"],"msg":"Extra inputs are not permitted","input":"secret"}]}"#;
    let said = Said::of(body);
    assert!(said.param.ends_with("stream_options"), "{said:?}");
    let fault = of_answer("Mistral", StatusCode::UNPROCESSABLE_ENTITY, &HeaderMap::new(), body);
    assert!(fault.message.contains("Extra inputs") && !fault.message.contains("secret"), "{}", fault.message);
}

#[test]
fn a_reason_is_quoted_only_where_it_is_a_word() {
    assert!(ended_early("X", "MALFORMED_RESPONSE").message.contains("(MALFORMED_RESPONSE)"));
    assert!(!ended_early("X", "you said: hello").message.contains("hello"));
}
