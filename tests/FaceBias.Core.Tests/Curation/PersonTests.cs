using FaceBias.Core.Curation.Persons;
using FaceBias.Core.Data;
using FaceBias.Primitives.Tables;

namespace FaceBias.Core.Tests.Curation;

public class PersonTests
{
    [Fact]
    public void Landmarks_at_their_places_leave_a_face_as_it_is_and_a_turn_is_undone()
    {
        float[] places = [38.2946f, 51.6963f, 73.5318f, 51.5014f, 56.0252f, 71.7366f, 41.5493f, 92.3655f, 70.7299f,
            92.2041f];
        var picture = new byte[112 * 112 * 3];
        new Random(1).NextBytes(picture);
        var planes = new float[picture.Length];
        new FaceAlignment(places).Cut(picture, 112, 112, planes);
        for (var i = 0; i < 112 * 112; i++)
            Assert.Equal(picture[3 * i + 1], planes[112 * 112 + i], 1e-2);
        // The same face on its side, twice as large, somewhere else: (u, v) lies at (300 - 2 v, 40 + 2 u).
        var turned = new FaceAlignment(
            [.. Enumerable.Range(0, 10).Select(i => i % 2 == 0 ? 300 - 2 * places[i + 1] : 40 + 2 * places[i - 1])]);
        var (x, y) = turned.InPicture(10, 20);
        Assert.Equal((260, 60), (Math.Round(x, 3), Math.Round(y, 3)));
    }

    [Fact]
    public void Only_pairs_across_splits_that_are_no_duplicates_leak_a_person()
    {
        var manifest = new Manifest([.. "abcdef".Select(c => new ImageFile(c.ToString(), c.ToString()))]);
        Split[] splits = [Split.Train, Split.Train, Split.Test, Split.Test, Split.Validation, Split.None];
        splits.CopyTo(manifest.Splits, 0);
        (manifest.Cluster[1], manifest.Cluster[3]) = (1, 1);
        // In degrees: a and b are near each other within a split, a and c across, b and d are one cluster, f is in no
        // split.
        double[] angles = [0, 4, 10, 5, 90, 0];
        float[] features =
            [.. angles.SelectMany(
                a => new[] { (float)Math.Cos(a / 180 * Math.PI), (float)Math.Sin(a / 180 * Math.PI) })];
        var gender = Target.From(new TextColumn("gender", ["m", "m", "f", "m", "m", "m"]), null);
        var leak = PersonLeakage.Flag(manifest, [gender], [0, 1, 2, 3, 4, 5], features, 2, 0.99,
            CancellationToken.None);
        Assert.Equal([("a", "d", 0.996, false), ("b", "c", 0.995, true)],
            leak.Most.Select(p => (p.Ids[0], p.Ids[1], p.Similarity, p.Contradicted)));
        Assert.Equal((7, 2, 1, 4), (leak.Compared, leak.Pairs, leak.Contradicted, leak.Images));
        Assert.Equal([true, true, true, true, false, false],
            manifest.Flags.Select(f => f.HasFlag(ManifestFlags.PersonLeak)));
        Assert.True(double.IsNaN(manifest.Measure(ManifestMeasures.PersonSimilarity)![5]));
    }
}
