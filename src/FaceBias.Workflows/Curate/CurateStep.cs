using FaceBias.Core.Curation;
using FaceBias.Core.Curation.Quality;
using FaceBias.Core.Data.Labels;
using FaceBias.Core.Imaging;
using FaceBias.Primitives.Hashing;
using FaceBias.Workflows.Steps;

namespace FaceBias.Workflows.Curate;

/// <summary>Curating as a step: a picture's row has what one look at its file gives. Copies, near duplicates and all
/// else that takes several pictures, or a network, are found where the parts are joined.</summary>
internal sealed class CurateStep(CurateRunOptions options) : ShardedStep
{
    private static readonly string[] s_numbers =
        ["width", "height", "traits", "shadows", "lights", "information", "blur", "colour", "padding"];

    public override IReadOnlyList<(string Name, string Path)> Inputs =>
        [.. (options.Labels?.Files ?? []).Concat(options.Review is { } review ? [review] : []).Select(Path.GetFullPath)
            .Select(f => (f, f))];

    public override IReadOnlyList<string> Roots => options.Images;

    public override StepWork Look(IProgress<StepProgress>? progress, CancellationToken cancel)
    {
        CurateRun.Check(options);
        var images = CurateRun.List(options, progress, cancel);
        if (options.Labels is { } labels)
            LabelSource.Load(labels, images.Files);
        return StepWork.Of(images);
    }

    public override StepPart Run(StepItems items, IProgress<StepProgress>? progress, CancellationToken cancel)
    {
        var threads = options.Threads > 0 ? options.Threads : Environment.ProcessorCount;
        var found = new ImageProbe { Threads = threads }.Run(items.Files, progress, cancel);
        TextColumn Text(string name, Func<ProbeResult, string?> value) => new(name, [.. found.Select(value)]);
        string Hex(ulong hash) => hash.ToString("x16", CultureInfo.InvariantCulture);
        return StepPart.Of(items, [.. found.Select(r => r.Problem)],
        [
            Text("sha256", r => r.Sha256 == default ? null : r.Sha256.ToString()),
            Text("phash", r => Hex(r.PHash)), Text("dhash", r => Hex(r.DHash)), Text("format", r => r.Format.ToString()),
            .. s_numbers.Select((name, i) => new NumberColumn(name, [.. found.Select(r => Numbers(r)[i])])),
        ]);
    }

    private static double[] Numbers(ProbeResult r) => [r.Width, r.Height, (int)r.Traits, r.Quality.Shadows,
        r.Quality.Lights, r.Quality.Information, r.Quality.Blur, r.Quality.Colour, r.Quality.Padding];

    public override IReadOnlyList<string> Finish(StepWork work, IEnumerable<StepPart> parts, string output,
        IProgress<StepProgress>? progress, CancellationToken cancel) =>
        CurateRun.Run(options with { Out = output }, () => work.Images!, receive =>
        {
            foreach (var part in parts)
            {
                TextColumn sha = part.Table.Text("sha256"), phash = part.Table.Text("phash"),
                    dhash = part.Table.Text("dhash"), format = part.Table.Text("format");
                double[][] numbers = [.. s_numbers.Select(n => part.Table.Number(n).Values)];
                for (var row = 0; row < part.Count; row++)
                {
                    float Score(int n) => (float)numbers[n][row];
                    receive(part.Item(row), new(part.ProblemOf(row),
                        sha[row] is { } digest ? Digest.Parse(digest) : default, Hash(phash[row]!),
                        Enum.Parse<ImageFormat>(format[row]!), (int)numbers[0][row], (int)numbers[1][row],
                        (ImageTraits)(int)numbers[2][row],
                        new(Score(3), Score(4), Score(5), Score(6), Score(7), Score(8)), Hash(dhash[row]!)));
                }
            }
        }, progress, cancel);

    private static ulong Hash(string text) =>
        ulong.Parse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
