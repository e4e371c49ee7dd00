using FaceBias.Core.Backbones;
using FaceBias.Core.Imaging;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Runtime;
using FaceBias.Primitives.Hashing;

namespace FaceBias.Core.Curation.Faces;

/// <summary>What a detector says about an image.</summary>
/// <param name="Index">The image.</param>
/// <param name="Faces">Its faces, the best first.</param>
internal sealed record Detection(int Index, IReadOnlyList<DetectedFace> Faces);

/// <summary>
/// Finds faces with RetinaFace. The network is convolutional, so it runs at any size: pictures are laid on a square
/// canvas with a margin, because a face cut tightly has no surroundings by which a detector trained on photographs
/// would know it.
/// </summary>
internal sealed class FaceDetector(ModelProto model)
{
    /// <summary>Changes with everything that changes a result.</summary>
    public const int Version = 2;

    private const int SmallCanvas = 320;
    private const float MaxOverlap = 0.4f;
    private const float Background = 128;

    /// <summary>Finds the faces of images.</summary>
    /// <param name="canvas">Side of the canvas, a multiple of 32.</param>
    /// <param name="indices">The images.</param>
    /// <param name="file">Where an image is, and what it must still hold.</param>
    /// <param name="receive">Takes results, on one thread at a time, in no fixed order.</param>
    /// <param name="fail">Takes images that cannot be read.</param>
    /// <param name="least">Least score of a face.</param>
    /// <param name="threads">Threads; 0 for one per core.</param>
    /// <param name="cancel">Ends it.</param>
    public void Run(
        int canvas, IReadOnlyList<int> indices, Func<int, (string Path, Digest Sha256)> file, Action<Detection> receive,
        Action<int, string> fail,
        float least, int threads, CancellationToken cancel)
    {
        var decoder = new ImageDecoder();
        var spec = new ImageSpec(canvas, canvas);
        var placements = new Dictionary<int, Placement>();
        string[] names =
            [.. RetinaAnchors.Levels.SelectMany(
                l => new[] { $"scores_{l.Stride}", $"boxes_{l.Stride}", $"landmarks_{l.Stride}" })];
        using var session = new OnnxSession(Resized(canvas), new OnnxSessionOptions { Threads = 1 });
        ParallelInference.Run(session, spec, names, indices,
            (i, pixels) =>
            {
                var (path, sha256) = file(i);
                if (!ImageDecoder.TryReadUnchanged(path, sha256, out var bytes, out var problem))
                    return problem;
                using var picture = new PixelBuffer();
                var decoded = decoder.DecodePixels(bytes, picture, spec);
                if (!decoded.Ok)
                    return decoded.Problem;
                var placement = Lay(picture, canvas, pixels);
                // A large JPEG is decoded smaller; boxes are to be given in the pixels of the whole picture.
                var stored = decoded.Traits.HasFlag(ImageTraits.Oriented)
                    ? Math.Max(decoded.Width, decoded.Height) / (double)Math.Max(picture.Width, picture.Height)
                    : (double)decoded.Width / picture.Width;
                lock (placements)
                    placements[i] = placement with { Scale = placement.Scale / stored };
                return null;
            },
            (rows, outputs) =>
            {
                for (var r = 0; r < rows.Length; r++)
                {
                    Placement placement;
                    lock (placements)
                        placements.Remove(rows[r], out placement);
                    var found = new List<DetectedFace>();
                    for (var level = 0; level < RetinaAnchors.Levels.Count; level++)
                    {
                        var grid = canvas / RetinaAnchors.Levels[level].Stride;
                        ReadOnlySpan<float> Part(int output, int channels) =>
                            outputs[3 * level + output].AsSpan(r * channels * grid * grid, channels * grid * grid);
                        RetinaAnchors.Decode(found, level, grid, Part(0, 4), Part(1, 8), Part(2, 20), least);
                    }
                    receive(new(rows[r],
                        [.. DetectedFace.Best(found, MaxOverlap).Select(
                            f => f.Restore(placement.Scale, placement.Left, placement.Top))]));
                }
            },
            fail, threads, cancel);
    }

    /// <summary>The graph for another size of input; all that depends on it is computed by the graph. A larger canvas
    /// goes in smaller batches, so that it takes no more memory.</summary>
    private ModelProto Resized(int canvas)
    {
        var resized = model.Clone();
        foreach (var info in resized.Graph.Input.Concat(resized.Graph.Output))
        {
            var dims = info.Type.TensorType.Shape.Dim;
            var stride = info.Name.LastIndexOf('_') is > 0 and var at
                && int.TryParse(info.Name.AsSpan(at + 1), out var s) ? s : 1;
            dims[0].DimValue = Math.Max(1, ParallelInference.BatchSize * SmallCanvas * SmallCanvas / (canvas * canvas));
            dims[2].DimValue = dims[3].DimValue = canvas / stride;
        }
        return resized;
    }

    /// <summary>Where a picture lies on the canvas: canvas = picture x Scale + (Left, Top).</summary>
    private readonly record struct Placement(double Scale, double Left, double Top);

    private static Placement Lay(PixelBuffer picture, int canvas, Span<float> planes)
    {
        var room = canvas * 4 / 5;
        var scale = (double)room / Math.Max(picture.Width, picture.Height);
        int width = Math.Max(1, (int)Math.Round(picture.Width * scale)),
            height = Math.Max(1, (int)Math.Round(picture.Height * scale));
        int left = (canvas - width) / 2, top = (canvas - height) / 2;
        var small = new byte[3 * width * height];
        Resampler.Resize(picture.Span, picture.Width, 3,
            new(picture.Width, 0, picture.Width, width, ResampleFilter.Triangle),
            new(picture.Height, 0, picture.Height, height, ResampleFilter.Triangle), small);
        planes.Fill(Background);
        for (var c = 0; c < 3; c++)
        {
            for (var y = 0; y < height; y++)
            {
                var row = planes.Slice((c * canvas + top + y) * canvas + left, width);
                for (var x = 0; x < width; x++)
                    row[x] = small[3 * (y * width + x) + c];
            }
        }
        return new(scale, left, top);
    }
}
