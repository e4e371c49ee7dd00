using FaceBias.Core.Backbones;
using FaceBias.Core.Imaging;
using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Runtime;
using FaceBias.Primitives.Hashing;

namespace FaceBias.Core.Curation.Faces;

/// <summary>What a detector says about an image.</summary>
/// <param name="Faces">Its faces, the best first.</param>
internal sealed record Detection(int Index, IReadOnlyList<DetectedFace> Faces);

/// <summary>Finds faces with RetinaFace. The network is convolutional, so it runs at any size: pictures are laid on a
/// square canvas with a margin, because a face cut tightly has no surroundings by which a detector trained on
/// photographs would know it.</summary>
internal sealed class FaceDetector(ModelProto model) : IDisposable
{
    /// <summary>Changes with everything that changes a result.</summary>
    public const int Version = 2;

    private const int SmallCanvas = 320;
    private const float MaxOverlap = 0.4f;
    private const float Background = 128;

    private static readonly string[] s_outputs =
        [.. RetinaAnchors.Levels.SelectMany(
            l => new[] { $"scores_{l.Stride}", $"boxes_{l.Stride}", $"landmarks_{l.Stride}" })];

    private readonly Dictionary<int, (OnnxSession Session, OnnxBatch Batch)> _singles = [];

    /// <summary>Finds the faces of images.</summary>
    /// <param name="canvas">Side of the canvas, a multiple of 32.</param>
    /// <param name="file">Where an image is, and what it must still hold.</param>
    /// <param name="receive">Takes results, on one thread at a time, in no fixed order.</param>
    /// <param name="fail">Takes images that cannot be read.</param>
    /// <param name="least">Least score of a face.</param>
    public void Run(
        int canvas, IReadOnlyList<int> indices, Func<int, (string Path, Digest Sha256)> file, Action<Detection> receive,
        Action<int, string> fail,
        float least, int threads, CancellationToken cancel)
    {
        var decoder = new ImageDecoder();
        var spec = new ImageSpec(canvas, canvas);
        var placements = new Dictionary<int, Placement>();
        using var session = new OnnxSession(Resized(canvas), new OnnxSessionOptions { Threads = 1 });
        ParallelInference.Run(session, spec, s_outputs, indices,
            (i, pixels) =>
            {
                var (path, sha256) = file(i);
                if (!ImageDecoder.TryReadUnchanged(path, sha256, out var bytes, out var problem))
                    return problem;
                using var picture = new PixelBuffer();
                var decoded = decoder.DecodePixels(bytes, picture, spec);
                if (!decoded.Ok)
                    return decoded.Problem;
                var placement = Lay(picture.Span, picture.Width, picture.Height, canvas, pixels);
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
                    receive(new(rows[r], Faces(canvas, placement, least, r, o => outputs[o])));
                }
            },
            fail, threads, cancel);
    }

    /// <summary>The largest face of one picture; null where none is found. Of a small canvas first, as
    /// <see cref="Run"/> is asked for files.</summary>
    /// <param name="rgb">Red, green, blue of each pixel.</param>
    /// <param name="width">Pixels per row.</param>
    /// <param name="canvases">Sides of the canvases to try.</param>
    /// <param name="least">Least score of a face.</param>
    public DetectedFace? Largest(ReadOnlySpan<byte> rgb, int width, int height, IReadOnlyList<int> canvases,
        float least)
    {
        foreach (var canvas in canvases)
        {
            if (!_singles.TryGetValue(canvas, out var single))
            {
                var session = new OnnxSession(Resized(canvas, batch: 1), new OnnxSessionOptions { Threads = 1 });
                _singles[canvas] = single = (session, session.CreateBatch(1, s_outputs));
            }
            var placement = Lay(rgb, width, height, canvas, single.Batch.Input<float>(single.Session.Inputs[0].Name));
            single.Batch.Run();
            var faces = Faces(canvas, placement, least, 0, o => single.Batch.Output<float>(s_outputs[o]).ToArray());
            if (faces.MaxBy(f => f.Area) is { } largest)
                return largest;
        }
        return null;
    }

    public void Dispose()
    {
        foreach (var (session, batch) in _singles.Values)
        {
            batch.Dispose();
            session.Dispose();
        }
        _singles.Clear();
    }

    /// <summary>The faces of a row of the outputs, in the pixels of its picture.</summary>
    private static DetectedFace[] Faces(int canvas, Placement placement, float least, int row,
        Func<int, float[]> outputs)
    {
        var found = new List<DetectedFace>();
        for (var level = 0; level < RetinaAnchors.Levels.Count; level++)
        {
            var grid = canvas / RetinaAnchors.Levels[level].Stride;
            ReadOnlySpan<float> Part(int output, int channels) =>
                outputs(3 * level + output).AsSpan(row * channels * grid * grid, channels * grid * grid);
            RetinaAnchors.Decode(found, level, grid, Part(0, 4), Part(1, 8), Part(2, 20), least);
        }
        return [.. DetectedFace.Best(found, MaxOverlap).Select(
            f => f.Restore(placement.Scale, placement.Left, placement.Top))];
    }

    /// <summary>The graph for another size of input; all that depends on it is computed by the graph. A larger canvas
    /// goes in smaller batches, so that it takes no more memory.</summary>
    private ModelProto Resized(int canvas, int? batch = null)
    {
        var resized = model.Clone();
        foreach (var info in resized.Graph.Input.Concat(resized.Graph.Output))
        {
            var dims = info.Type.TensorType.Shape.Dim;
            var stride = info.Name.LastIndexOf('_') is > 0 and var at
                && int.TryParse(info.Name.AsSpan(at + 1), out var s) ? s : 1;
            dims[0].DimValue = batch ?? Math.Max(1,
                ParallelInference.BatchSize * SmallCanvas * SmallCanvas / (canvas * canvas));
            dims[2].DimValue = dims[3].DimValue = canvas / stride;
        }
        return resized;
    }

    /// <summary>Where a picture lies on the canvas: canvas = picture x Scale + (Left, Top).</summary>
    private readonly record struct Placement(double Scale, double Left, double Top);

    private static Placement Lay(ReadOnlySpan<byte> rgb, int pictureWidth, int pictureHeight, int canvas,
        Span<float> planes)
    {
        var room = canvas * 4 / 5;
        var scale = (double)room / Math.Max(pictureWidth, pictureHeight);
        int width = Math.Max(1, (int)Math.Round(pictureWidth * scale)),
            height = Math.Max(1, (int)Math.Round(pictureHeight * scale));
        int left = (canvas - width) / 2, top = (canvas - height) / 2;
        var small = new byte[3 * width * height];
        Resampler.Resize(rgb, pictureWidth, 3, new(pictureWidth, 0, pictureWidth, width, ResampleFilter.Triangle),
            new(pictureHeight, 0, pictureHeight, height, ResampleFilter.Triangle), small);
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
