import ServingCore

/// Finds the picture in the body of a request.
public enum PictureUpload {
    /// The name of the part that holds the picture.
    public static let partName = "image"

    /// The bytes of the picture: the part named `image` of a form, else the body itself. They lie within `body`.
    ///
    /// - Parameter contentType: the header field `Content-Type`; nil if there is none.
    ///
    /// INVALID_ARGUMENT if there is no picture, more than one, or the form is malformed; RESOURCE_EXHAUSTED if the form has
    /// too many parts.
    public static func picture(
        in body: UnsafeRawBufferPointer, contentType: String?
    ) throws(Status) -> UnsafeRawBufferPointer {
        let field = FieldParameters(contentType ?? "")
        guard field.value.lowercased().hasPrefix("multipart/") else {
            guard !body.isEmpty else {
                throw .invalidArgument(
                    "the request has no body; a picture was expected, as the body or as the part \"\(partName)\" of a form"
                )
            }
            return body
        }
        guard field.value.lowercased() == "multipart/form-data" else {
            throw .invalidArgument("expected multipart/form-data or a picture as the body, got \(field.value)")
        }
        // RFC 2046 allows 70 characters.
        guard let boundary = field["boundary"], (1...200).contains(boundary.utf8.count) else {
            throw .invalidArgument("the Content-Type multipart/form-data needs a boundary of 1 to 200 characters")
        }
        return try part(in: body, boundary)
    }

    private static func part(
        in body: UnsafeRawBufferPointer, _ boundary: String
    ) throws(Status) -> UnsafeRawBufferPointer {
        var reader = try MultipartReader(body, boundary: boundary)
        var found: UnsafeRawBufferPointer?
        var others: [String] = []
        while let part = try reader.next() {
            guard part.name == partName else {
                others.append(part.name ?? "")
                continue
            }
            guard found == nil else {
                throw .invalidArgument("the form has several parts named \"\(partName)\"; one picture was expected")
            }
            guard ["", "binary", "7bit", "8bit"].contains(part.transferEncoding) else {
                throw .invalidArgument(
                    "the part \"\(partName)\" has the transfer encoding \(part.transferEncoding); send it as it is")
            }
            found = part.content
        }
        guard let found else {
            let had = others.isEmpty ? "no parts" : "the parts " + SignaturePorts.listed(others)
            throw .invalidArgument("the form has no part named \"\(partName)\"; it has \(had)")
        }
        guard !found.isEmpty else { throw .invalidArgument("the part \"\(partName)\" of the form is empty") }
        return found
    }
}
