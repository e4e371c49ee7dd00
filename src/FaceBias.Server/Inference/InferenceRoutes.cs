using FaceBias.Server.Tensors;
using System.Runtime.InteropServices;
using System.Text.Json.Serialization;
using FaceBias.Core.Prediction;
using FaceBias.Server.Http;
using FaceBias.Server.Models;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace FaceBias.Server.Inference;

/// <summary>The Open Inference Protocol, version 2. A model that facebias trained is there twice: under its name it
/// takes pictures (<c>image</c>, BYTES [-1]: JPEG, PNG and so on; in JSON as base64), under its name with
/// <c>_pixels</c> it takes numbers (<c>pixels</c>, FP32 [-1, 3, height, width], RGB 0 to 255). A model of unknown
/// origin has the inputs of its graph.</summary>
internal static class InferenceRoutes
{
    public const string Version = "1", Image = "image", Pixels = "pixels", PixelsSuffix = "_pixels",
        LabelSuffix = "_label";

    private const string Platform = "onnx_onnxv1";

    public static void Map(IEndpointRouteBuilder app, ModelHost host, ServeOptions options, UploadBudget budget)
    {
        var v2 = app.MapGroup("/v2").WithTags("Open Inference Protocol");
        v2.MapGet("/health/live", () => new { live = true }).WithSummary("Whether the service runs.");
        v2.MapGet("/health/ready", () => new { ready = true }).WithSummary("Whether the service takes requests.");
        v2.MapGet("", () => new ServerMetadata("facebias", ServerVersion, ["binary_tensor_data"]))
            .WithSummary("What serves.");
        foreach (var path in new[] { "/models/{model}", "/models/{model}/versions/{version}" })
        {
            v2.MapGet(path, (string model, string? version) =>
                With(host, model, version, (m, pixels) => Describe(m, pixels)))
                .WithSummary("A model's inputs and outputs.");
            v2.MapGet(path + "/ready",
                (string model, string? version) =>
                    With(host, model, version, (m, _) => new ModelReady(Name(m, model), true)))
                    .WithSummary("Whether a model takes requests.");
            v2.MapPost(path + "/infer",
                (string model, string? version, HttpContext http) => Infer(http, model, version, host, options, budget))
                .Takes(BodyKind.Tensors).Produces<InferResponseShape>()
                .WithSummary("Predicts for tensors, in JSON or with the binary extension.");
        }
    }

    private static string ServerVersion => typeof(InferenceRoutes).Assembly.GetName().Version!.ToString(3);

    private static async Task Infer(HttpContext http, string name, string? version, ModelHost host,
        ServeOptions options, UploadBudget budget)
    {
        using var lease = host.Lease();
        var model = lease.Model;
        var pixels = Find(model, name, version);
        if (model.Rows?.IsFull == true)
            throw RequestProblem.Busy(model.Rows.ExpectedWait);
        using var body = new RequestBody(budget);
        var bytes = await body.ReadAsync(http.Request.Body, http.Request.ContentLength, options.MaxRequestBytes,
            "The request", http.RequestAborted).ConfigureAwait(false);
        var header = http.Request.Headers[InferRequest.HeaderLength];
        var request = InferRequest.Parse(bytes, header.Count > 0 ? header.ToString() : null);
        var described = Describe(model, pixels);
        string[] wanted = [.. request.Outputs?.Select(o => o.Name) ?? described.Outputs.Select(o => o.Name)];
        if (wanted.FirstOrDefault(w => described.Outputs.All(o => o.Name != w)) is { } unknown)
            throw Bad($"There is no output '{unknown}'; the model has {described.Outputs.Select(o => o.Name).Quoted()}.");
        var seconds = Math.Min(request.TimeoutSeconds ?? options.Deadline, options.Deadline);
        var outputs = model.Tensors is { } tensors
            ? await tensors.RunAsync(request.Inputs, wanted, seconds, http.RequestAborted).ConfigureAwait(false)
            : await Predict(model, pixels, request, wanted, seconds, options, http.RequestAborted)
                .ConfigureAwait(false);
        await new InferResponse(Name(model, name), Version, request.Id, outputs).WriteAsync(http.Response, request)
            .ConfigureAwait(false);
    }

    private static async Task<IReadOnlyList<InferTensor>> Predict(
        ServedModel model, bool pixels, InferRequest request, string[] wanted, double seconds, ServeOptions options,
        CancellationToken aborted)
    {
        var expected = pixels ? Pixels : Image;
        if (request.Inputs is not [var input] || input.Name != expected)
            throw Bad($"The model '{model.Name}{(pixels ? PixelsSuffix : "")}' has one input, '{expected}'.");
        var answers = await PredictRoute.Ask(model.Rows!, pixels ? [] : Files(input, options),
            pixels ? Numbers(input, model.Predictor!, options) : [], seconds, aborted).ConfigureAwait(false);
        for (var i = 0; i < answers.Count; i++)
        {
            if (answers[i].Outputs is null)
            {
                var refusal = PredictRoute.Refusal(answers[i], options);
                throw new RequestProblem(refusal.Status,
                    answers.Count == 1 ? refusal.Message : $"Element {i} of '{input.Name}': {refusal.Message}");
            }
        }
        var said = answers.Select((a, i) => model.Answer($"{i + 1}", a.Outputs!)).ToArray();
        return [.. wanted.Select(
            name => Output(model, name, answers.Select(a => a.Outputs!).ToArray(), said))];
    }

    private static InferTensor Output(ServedModel model, string name, IReadOnlyList<float[]>[] rows,
        PictureAnswer[] said)
    {
        var predictor = model.Predictor!;
        var place = predictor.Outputs.ToList().FindIndex(o => o.Name == name);
        if (place < 0)
        {
            var target = name[..^LabelSuffix.Length];
            return InferTensor.OfTexts(name,
                [.. said.Select(s => s.Predictions.First(p => p.Target == target).Label!)]);
        }
        float[] values = [.. rows.SelectMany((r, i) => model.Values(place, r, said[i]))];
        return new(name, TensorType.Find("FP32")!, [rows.Length, predictor.Outputs[place].Width],
            MemoryMarshal.AsBytes<float>(values).ToArray());
    }

    /// <summary>Pictures: their bytes, or in JSON base64.</summary>
    private static byte[][] Files(InferTensor input, ServeOptions options)
    {
        if (input.Type.Size > 0)
            throw Bad($"'{input.Name}' is {input.Type.Name} and must be BYTES: whole files, or in JSON base64.");
        if (input.Shape.Length is not (1 or 2) || (input.Shape.Length == 2 && input.Shape[1] != 1))
            throw Bad($"'{input.Name}' is [{string.Join(", ", input.Shape)}] and must be [-1] or [-1, 1].");
        var elements = input.Elements()
            ?? throw Bad($"The lengths of the elements of '{input.Name}' do not fit its data and shape.");
        CheckCount(elements.Count, options);
        return [.. elements.Select((element, i) =>
        {
            var file = FromBase64(element) ?? element;
            return file.Length <= options.MaxBytes ? file
                : throw new RequestProblem(StatusCodes.Status413PayloadTooLarge,
                FormattableString.Invariant(
                    $"Element {i} of '{input.Name}' is larger than {options.MaxBytes:N0} bytes."));
        })];
    }

    /// <summary>No picture's file is base64 text.</summary>
    private static byte[]? FromBase64(byte[] element)
    {
        if (element.Length < 16
            || element.AsSpan(0, 16).ContainsAnyExcept(
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"u8))
            return null;
        var decoded = new byte[element.Length / 4 * 3 + 3];
        return System.Buffers.Text.Base64.DecodeFromUtf8(element, decoded, out _,
            out var written) == System.Buffers.OperationStatus.Done ? decoded[..written] : null;
    }

    private static float[][] Numbers(InferTensor input, IPredictor predictor, ServeOptions options)
    {
        var image = predictor.Image!;
        if (input.Type.Name != "FP32" || input.Shape.Length != 4 || input.Shape[1] != 3
            || input.Shape[2] != image.Height || input.Shape[3] != image.Width)
            throw Bad($"'{input.Name}' is {input.Type.Name} [{string.Join(", ", input.Shape)}] and must be FP32 [-1, 3, {image.Height}, {image.Width}].");
        CheckCount((int)input.Shape[0], options);
        var numbers = MemoryMarshal.Cast<byte, float>(input.Raw.Span).ToArray();
        return numbers.All(float.IsFinite) ? [.. numbers.Chunk(predictor.RowLength)]
            : throw Bad($"'{input.Name}' has a value that is no number.");
    }

    private static void CheckCount(int count, ServeOptions options)
    {
        if (count < 1 || count > options.MaxFiles)
            throw new RequestProblem(StatusCodes.Status413PayloadTooLarge,
                $"A request has from 1 to {options.MaxFiles} pictures, not {count}.");
    }

    private static ModelDescription Describe(ServedModel model, bool pixels)
    {
        if (model.Tensors is { } graph)
            return new(model.Name, [Version], Platform, [.. graph.Inputs.Select(Describe)],
                [.. graph.Outputs.Select(Describe)]);
        var predictor = model.Predictor!;
        TensorDescription input = pixels ? new(Pixels, "FP32", [-1, 3, predictor.Image!.Height, predictor.Image.Width])
            : new(Image, TensorType.Bytes, [-1]);
        return new(Name(model, pixels ? model.Name + PixelsSuffix : model.Name), [Version], Platform, [input],
        [
            .. predictor.Outputs.Select(o => new TensorDescription(o.Name, "FP32", [-1, o.Width])),
            .. predictor.Outputs.Where(o => o.Target is Core.Heads.Model.CategoricalOutput)
                .Select(o => new TensorDescription(o.Name + LabelSuffix, TensorType.Bytes, [-1])),
        ]);
    }

    private static TensorDescription Describe(FaceBias.Onnx.Runtime.TensorInfo value) =>
        new(value.Name, TensorType.Find(value.Type)!.Name, value.Shape);

    private static string Name(ServedModel model, string asked) =>
        asked == model.Name + PixelsSuffix ? asked : model.Name;

    /// <summary>Whether a name is that of the model that takes pixels.</summary>
    private static bool Find(ServedModel model, string name, string? version)
    {
        var pixels = model.Predictor is not null && name == model.Name + PixelsSuffix;
        if (name != model.Name && !pixels)
            throw new RequestProblem(StatusCodes.Status404NotFound,
                $"There is no model '{name}'; there is '{model.Name}'{(model.Predictor is null ? "" : $" and '{model.Name}{PixelsSuffix}'")}.");
        return version is null or Version ? pixels
            : throw new RequestProblem(StatusCodes.Status404NotFound,
                $"The model '{name}' has no version '{version}'; it has '{Version}'.");
    }

    private static T With<T>(ModelHost host, string model, string? version, Func<ServedModel, bool, T> get)
    {
        using var lease = host.Lease();
        return get(lease.Model, Find(lease.Model, model, version));
    }

    private static RequestProblem Bad(string sentence) => new(StatusCodes.Status400BadRequest, sentence);
}

/// <summary>GET /v2.</summary>
internal sealed record ServerMetadata(string Name, string Version, IReadOnlyList<string> Extensions);

/// <summary>GET /v2/models/{model}.</summary>
internal sealed record ModelDescription(string Name, IReadOnlyList<string> Versions, string Platform,
    IReadOnlyList<TensorDescription> Inputs, IReadOnlyList<TensorDescription> Outputs);

/// <summary>An input or output; -1 is a dimension of any size.</summary>
internal sealed record TensorDescription(string Name, string Datatype, IReadOnlyList<long> Shape);

/// <summary>GET /v2/models/{model}/ready.</summary>
internal sealed record ModelReady(string Name, bool Ready);

/// <summary>The shape of an answer, for the description of the routes.</summary>
internal sealed record InferResponseShape(
    [property: JsonPropertyName("model_name")] string ModelName,
    [property: JsonPropertyName("model_version")] string? ModelVersion, string? Id, IReadOnlyList<TensorShape> Outputs);

/// <summary>The shape of a tensor.</summary>
internal sealed record TensorShape(string Name, IReadOnlyList<long> Shape, string Datatype,
    Dictionary<string, object>? Parameters, IReadOnlyList<object>? Data);
