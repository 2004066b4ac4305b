import JSON

/// Spans in OTLP's JSON form, an `ExportTraceServiceRequest`.
struct OTLPDocument {
    /// Who reports.
    let resource: [Span.Attribute]
    /// The version of the server.
    let version: String

    func encode(_ spans: [Span]) -> [UInt8] {
        let scope: JSONValue = .object([("name", .string("model_server")), ("version", .string(version))])
        let document: JSONValue = .object([
            (
                "resourceSpans",
                .array([
                    .object([
                        ("resource", .object([("attributes", OTLPDocument.attributes(resource))])),
                        (
                            "scopeSpans",
                            .array([
                                .object([("scope", scope), ("spans", .array(spans.map(OTLPDocument.span)))])
                            ])
                        ),
                    ])
                ])
            )
        ])
        var bytes: [UInt8] = []
        document.write(to: &bytes)
        return bytes
    }

    private static func span(_ span: Span) -> JSONValue {
        var members: [(String, JSONValue)] = [
            ("traceId", .string(span.traceID.text)), ("spanId", .string(TraceContext.hexadecimal(span.id))),
        ]
        if let parent = span.parent { members.append(("parentSpanId", .string(TraceContext.hexadecimal(parent)))) }
        members += [
            ("name", .string(span.name)), ("kind", .count(span.kind.rawValue)),
            // Numbers of 64 bits are strings in protobuf's JSON.
            ("startTimeUnixNano", .string(String(span.start))), ("endTimeUnixNano", .string(String(span.end))),
            ("attributes", attributes(span.attributes)),
        ]
        if let failure = span.failure {
            members.append(("status", .object([("code", .number(2)), ("message", .string(failure))])))
        } else {
            members.append(("status", .object([])))
        }
        return .object(members)
    }

    private static func attributes(_ attributes: [Span.Attribute]) -> JSONValue {
        .array(
            attributes.map { attribute in
                let value: (String, JSONValue) =
                    switch attribute.value {
                    case .text(let text): ("stringValue", .string(text))
                    case .integer(let number): ("intValue", .string(String(number)))
                    }
                return .object([("key", .string(attribute.key)), ("value", .object([value]))])
            })
    }
}
