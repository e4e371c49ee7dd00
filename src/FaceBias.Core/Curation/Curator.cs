using FaceBias.Core.Curation.Quality;
using FaceBias.Core.Curation.Review;
using FaceBias.Core.Data;
using FaceBias.Core.Data.Labels;
using FaceBias.Core.Imaging;
using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Curation;

/// <summary>Finds what would poison training or an audit: unreadable files, exact copies and their label conflicts,
/// near duplicates, bad pictures; and decides what is kept.</summary>
internal static class Curator
{
    /// <summary>Counts are given for distances up to this where there are few enough images.</summary>
    private const int WidestDistance = 10, FewImages = 100_000;

    /// <param name="files">The images, by ordinal order of their ids.</param>
    /// <param name="labels">Their labels, or null: then no label can conflict.</param>
    /// <returns>The manifest, without splits, and its counts.</returns>
    public static CurationResult Run(IReadOnlyList<ImageFile> files, LabelSet? labels = null,
        CurationOptions? options = null, IProgress<StepProgress>? progress = null, CancellationToken cancel = default)
    {
        options ??= new();
        var probe = new ImageProbe(options.CacheFolder, new ImageDecoder { MaxPixels = options.MaxPixels });
        return Run(files, labels, options, receive => probe.Run(files, receive, progress, cancel), progress, cancel);
    }

    /// <summary>The same with another who looks at the files and hands the results on.</summary>
    internal static CurationResult Run(IReadOnlyList<ImageFile> files, LabelSet? labels, CurationOptions options,
        Action<ImageProbe.Receive> look, IProgress<StepProgress>? progress, CancellationToken cancel)
    {
        var manifest = new Manifest(files, labels?.Table);
        look(Filling(manifest, options.Limits));
        if (labels is not null)
        {
            labels = ReviewLabels.Apply(labels, files, options.Decisions,
                (i, decision) => ReviewFile.Fits(decision, manifest.Sha256[i]));
            manifest.Relabel(labels.Table);
        }
        var (groups, conflicts) = FlagCopies(manifest, labels?.Labelled);
        int[] unique = [
            .. Enumerable.Range(0, manifest.Count).Where(
                i => (manifest.Flags[i] & (ManifestFlags.Unreadable | ManifestFlags.ExactCopy)) == 0)];
        var reach = unique.Length <= FewImages ? Math.Max(options.NearDistance, WidestDistance) : options.NearDistance;
        var hashes = Array.ConvertAll(unique, i => manifest.PHash[i]);
        var wide = NearDuplicates.Find(hashes, reach, cancel, progress);
        var search = new NearSearch(manifest, options, progress, cancel);
        search.Flag(unique);
        return CurationResult.Decide(manifest, new(unique.Length, groups, conflicts, wide, search.Second), options) with
            { Labels = labels };
    }

    /// <summary>What writes the result of a look at a file into a manifest.</summary>
    private static ImageProbe.Receive Filling(Manifest manifest, QualityLimits limits)
    {
        double[] Measured(string name) => manifest.Measured(name);
        var (shadows, lights, information) =
            (Measured(ManifestMeasures.Shadows), Measured(ManifestMeasures.Lights),
                Measured(ManifestMeasures.Information));
        var (blur, colour, padding) =
            (Measured(ManifestMeasures.Blur), Measured(ManifestMeasures.Colour), Measured(ManifestMeasures.Padding));
        var aspect = Measured(ManifestMeasures.Aspect);
        return (int i, in ProbeResult r) =>
        {
            (manifest.Sha256[i], manifest.PHash[i], manifest.Width[i], manifest.Height[i]) =
                (r.Sha256, r.PHash, r.Width, r.Height);
            (manifest.Format[i], manifest.Traits[i], manifest.Problem[i], manifest.DHash[i]) =
                (r.Format, r.Traits, r.Problem, r.DHash);
            (shadows[i], lights[i], information[i]) = (r.Quality.Shadows, r.Quality.Lights, r.Quality.Information);
            (blur[i], colour[i], padding[i]) = (r.Quality.Blur, r.Quality.Colour, r.Quality.Padding);
            aspect[i] = r.Problem is null ? QualityLimits.Aspect(r.Width, r.Height) : double.NaN;
            manifest.Flags[i] =
                (r.Problem is null ? limits.Flags(r.Quality, r.Width, r.Height) : ManifestFlags.Unreadable)
                | (QualityLimits.HasWrongExtension(manifest.Files[i].Path, r.Format) ? ManifestFlags.WrongExtension
                    : 0);
        };
    }

    /// <summary>Flags all but one of each group of equal bytes, and the whole group where labels contradict each other.
    /// The one is the first that has labels, else the first.</summary>
    private static (int Groups, int Conflicts) FlagCopies(Manifest manifest, bool[]? labelled)
    {
        var rows = Enumerable.Range(0, manifest.Count).Where(i => manifest.Problem[i] is null).ToArray();
        Array.Sort(rows,
            (a, b) => manifest.Sha256[a].CompareTo(manifest.Sha256[b]) is var c and not 0 ? c : a.CompareTo(b));
        int groups = 0, conflicts = 0;
        for (int start = 0, end; start < rows.Length; start = end)
        {
            for (end = start + 1; end < rows.Length && manifest.Sha256[rows[end]] == manifest.Sha256[rows[start]];)
                end++;
            if (end - start == 1)
                continue;
            groups++;
            var group = rows.AsSpan(start..end);
            var keeper = group[0];
            var conflict = false;
            int? reference = null;
            foreach (var row in group)
            {
                if (labelled is null || !labelled[row])
                    continue;
                conflict |= reference is { } first && !SameLabels(manifest.Labels, first, row);
                if (reference is null)
                    reference = keeper = row;
            }
            conflicts += conflict ? 1 : 0;
            foreach (var row in group)
            {
                // The one that is kept stands for all, in every later check too.
                manifest.ExactGroup[row] = manifest.Cluster[row] = keeper;
                if (row != keeper)
                    manifest.Flags[row] |= ManifestFlags.ExactCopy;
                if (conflict)
                    manifest.Flags[row] |= ManifestFlags.LabelConflict;
            }
        }
        return (groups, conflicts);
    }

    private static bool SameLabels(IReadOnlyList<Column> labels, int a, int b) =>
        labels.All(column => column is TextColumn text
        ? text.Codes[a] == text.Codes[b]
        : ((NumberColumn)column)[a].Equals(((NumberColumn)column)[b]));
}
