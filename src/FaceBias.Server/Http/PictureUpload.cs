using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace FaceBias.Server.Http;

/// <summary>A picture of a request.</summary>
internal sealed record UploadedPicture(string Name, byte[] Bytes);

/// <summary>Reads the pictures of a request: one as the whole body, or files of a form. The framework's own reader of
/// forms would write larger files to a temporary folder; this one never writes.</summary>
internal static class PictureUpload
{
    public static async Task<IReadOnlyList<UploadedPicture>> ReadAsync(HttpRequest request, RequestBody body,
        ServeOptions options, CancellationToken cancel)
    {
        MediaTypeHeaderValue.TryParse(request.ContentType, out var type);
        if (type?.MediaType.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase) == true)
            return await ReadFormAsync(request, type, body, options, cancel).ConfigureAwait(false);
        if (type?.MediaType.Value is "application/json")
            throw new RequestProblem(StatusCodes.Status415UnsupportedMediaType,
                "Send the bytes of a picture as the body, or pictures as files of a multipart form.") { Closes = true };
        var bytes = await body.ReadAsync(request.Body, request.ContentLength, options.MaxBytes, "The picture", cancel)
            .ConfigureAwait(false);
        return bytes.Length > 0 ? [new("1", bytes)]
            : throw new RequestProblem(StatusCodes.Status400BadRequest,
                "The request has no picture: its body has 0 bytes.");
    }

    private static async Task<IReadOnlyList<UploadedPicture>> ReadFormAsync(
        HttpRequest request, MediaTypeHeaderValue type, RequestBody body, ServeOptions options,
        CancellationToken cancel)
    {
        var boundary = HeaderUtilities.RemoveQuotes(type.Boundary).Value;
        if (boundary is not { Length: > 0 and <= 200 })
            throw new RequestProblem(StatusCodes.Status400BadRequest,
                "The multipart form has no boundary, or one that is too long.") { Closes = true };
        var pictures = new List<UploadedPicture>();
        try
        {
            var reader = new MultipartReader(boundary, request.Body);
            while (await reader.ReadNextSectionAsync(cancel).ConfigureAwait(false) is { } section)
            {
                if (!ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var part)
                    || !part.IsFileDisposition())
                    continue;
                if (pictures.Count == options.MaxFiles)
                    throw new RequestProblem(StatusCodes.Status413PayloadTooLarge,
                        $"The request has more than {options.MaxFiles} pictures; send the rest in another one.")
                            { Closes = true };
                var name = HeaderUtilities.RemoveQuotes(
                    part.FileNameStar.HasValue ? part.FileNameStar : part.FileName).Value ?? "";
                pictures.Add(new(name.Length is > 0 and <= 200 ? name : $"{pictures.Count + 1}",
                    await body.ReadAsync(section.Body, null, options.MaxBytes, "A picture", cancel)
                        .ConfigureAwait(false)));
            }
        }
        catch (InvalidDataException)
        {
            throw new RequestProblem(StatusCodes.Status400BadRequest, "The multipart form is malformed.")
                { Closes = true };
        }
        return pictures.Count > 0 ? pictures
            : throw new RequestProblem(StatusCodes.Status400BadRequest,
                "The form has no file; add pictures to it as files.");
    }
}
