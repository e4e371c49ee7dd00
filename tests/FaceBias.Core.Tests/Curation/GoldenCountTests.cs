using FaceBias.Core.Curation;
using FaceBias.Core.Data;
using FaceBias.Core.Data.Labels;
using FaceBias.Tests;

namespace FaceBias.Core.Tests.Curation;

public class GoldenCountTests
{
    /// <summary>The counts that ImageHash's definition gives in Python (Pillow 9.4) on the same files.</summary>
    [Fact]
    public void UtkFace_gives_every_count_of_the_definition()
    {
        var folder = TestPaths.RealData("utkface/images");
        var files = ImageFolder.List(folder).Files;
        Assert.SkipUnless(files.Count == 20_430,
            $"needs the 20,430 files that the counts were taken on, not {files.Count:N0}");
        var labels = LabelSource.Load("utkface", files);
        Assert.Equal(3, Assert.Single(labels.Notices).Count);
        var (manifest, summary) = Curator.Run(files, labels);
        Assert.Equal((0, 20_086, 330), (summary.Unreadable, summary.Unique, summary.ExactGroups));
        NearCount[] expected =
        [
            new(0, 237, 450, 19_636), new(2, 521, 945, 19_141), new(4, 829, 1_470, 18_616), new(5, 829, 1_470, 18_616),
            new(6, 2_606, 2_874, 17_212), new(8, 15_244, 6_961, 13_125), new(10, 82_412, 13_141, 6_945),
        ];
        Assert.Equal(expected, summary.Thresholds.Where(t => expected.Any(e => e.Distance == t.Distance)));
        Assert.Equal((829, 1_470), (summary.NearPairs, summary.NearFlagged));
        Assert.Equal(summary.Kept, manifest.Kept.Count(k => k));
        Assert.Equal(18_616, Enumerable.Range(0, manifest.Count).Count(i =>
            (manifest.Flags[i] & (ManifestFlags.ExactCopy | ManifestFlags.NearDuplicate)) == 0));
        // Counted on the file names in Python, and what is left when neither conflicts nor near duplicates are used.
        Assert.Equal((230, 18_414), (summary.LabelConflicts, summary.Kept));
    }
}
