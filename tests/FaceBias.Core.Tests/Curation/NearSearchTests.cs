using System.Numerics;
using FaceBias.Core.Backbones;
using FaceBias.Core.Curation;
using FaceBias.Core.Data;
using FaceBias.Core.Tests.Runs;
using FaceBias.Tests;
using NetVips;

namespace FaceBias.Core.Tests.Curation;

public class NearSearchTests
{
    [Fact]
    public void Pairs_are_those_that_comparing_all_finds()
    {
        var random = new Random(5);
        var hashes = new ulong[400];
        for (var i = 0; i < hashes.Length; i++)
            hashes[i] = i > 0 && random.Next(2) == 0
                ? hashes[random.Next(i)] ^ (random.Next(3) == 0 ? 0 : 1UL << random.Next(64))
                : (ulong)random.NextInt64();
        foreach (var distance in new[] { 0, 2, 5, 9 })
        {
            var expected = from a in Enumerable.Range(0, hashes.Length)
                           from b in Enumerable.Range(a + 1, hashes.Length - a - 1)
                           where BitOperations.PopCount(hashes[a] ^ hashes[b]) <= distance
                           select (a, b);
            Assert.Equal(expected, NearDuplicates.Pairs(hashes, distance));
        }
    }

    [Fact]
    public void Of_a_large_bucket_every_member_is_paired_with_the_first()
    {
        var hashes = Enumerable.Repeat(7UL, 300).Append(6UL).ToArray();
        var pairs = NearDuplicates.Pairs(hashes, 1);
        Assert.Equal(Enumerable.Range(1, 299).Select(b => (0, b)), pairs.Where(p => p.B < 300));
        Assert.Equal(300, pairs.Count(p => p.B == 300));
    }

    [Fact]
    public void Orientations_move_the_bits_where_the_coefficients_go()
    {
        static ulong Bit(int row, int column) => 1UL << (63 - 8 * row - column);
        for (var row = 0; row < 8; row++)
        {
            for (var column = 0; column < 8; column++)
            {
                Assert.Equal(Bit(column, row), HashOrientation.Apply(Bit(row, column), 4));
                Assert.Equal(column % 2 == 1, (HashOrientation.Apply(0, 1) & Bit(row, column)) != 0);
                Assert.Equal(row % 2 == 1, (HashOrientation.Apply(0, 2) & Bit(row, column)) != 0);
            }
        }
    }

    [Fact]
    public void A_turned_picture_is_near_in_its_orientation_and_in_no_other()
    {
        using var picture = Picture(11);
        using var mirrored = picture.Flip(Enums.Direction.Horizontal);
        using var upsideDown = picture.Flip(Enums.Direction.Vertical);
        using var turned = picture.Rot90();
        var hash = Hash(picture);
        foreach (var (other, orientation) in new[] { (mirrored, 1), (upsideDown, 2) })
        {
            var distances = Enumerable.Range(0, HashOrientation.Count).Select(
                o => PerceptualHash.Distance(HashOrientation.Apply(hash, o), Hash(other))).ToArray();
            Assert.InRange(distances[orientation], 0, 5);
            Assert.All(distances.Where((_, o) => o != orientation), d => Assert.InRange(d, 12, 64));
        }
        // A quarter turn is a transposition and a mirroring, whichever comes first.
        Assert.InRange(Enumerable.Range(5, 2).Min(
            o => PerceptualHash.Distance(HashOrientation.Apply(hash, o), Hash(turned))), 0, 5);
    }

    [Fact]
    public void Mirrored_and_turned_copies_are_found_on_request()
    {
        var folder = TestPaths.NewFolder();
        for (var i = 0; i < 6; i++)
        {
            using var picture = Picture(100 + i);
            using var other = i switch { 0 => picture.Flip(Enums.Direction.Horizontal), 1 => picture.Rot90(),
                2 => picture.Rot180(), _ => picture.Copy() };
            File.WriteAllBytes(Path.Combine(folder, $"{i}-a.png"), picture.PngsaveBuffer());
            if (i < 3)
                File.WriteAllBytes(Path.Combine(folder, $"{i}-b.png"), other.PngsaveBuffer());
        }
        var files = ImageFolder.List(folder).Files;
        Assert.Equal(0, Curator.Run(files).Summary.NearFlagged);
        var (manifest, summary) = Curator.Run(files, null, new() { Orientations = true, NearDistance = 10 });
        Assert.Equal((6, 3), (summary.NearFlagged, summary.NearClusters));
        Assert.Equal(files.Where((_, i) => manifest.Cluster[i] != i).Select(f => f.Id),
            ["0-b.png", "1-b.png", "2-b.png"]);
    }

    [Fact]
    public void Features_confirm_copies_and_reject_pictures_that_only_hash_alike()
    {
        // The tiny backbone's features are colours: the same greys with other colours hash alike and are something
        // else.
        var world = new TinyWorld(count: 20);
        var folder = TestPaths.NewFolder();
        using var grey = Picture(1);
        using var red = grey.Bandjoin(grey * 0.1, grey * 0.1).Cast(Enums.BandFormat.Uchar)
            .Copy(interpretation: Enums.Interpretation.Srgb);
        using var blue = (grey * 0.1).Bandjoin(grey * 0.1, grey).Cast(Enums.BandFormat.Uchar)
            .Copy(interpretation: Enums.Interpretation.Srgb);
        File.WriteAllBytes(Path.Combine(folder, "blue.png"), blue.PngsaveBuffer());
        File.WriteAllBytes(Path.Combine(folder, "red.png"), red.PngsaveBuffer());
        File.WriteAllBytes(Path.Combine(folder, "red-again.jpg"), red.JpegsaveBuffer(q: 85));
        var files = ImageFolder.List(folder).Files;
        Assert.Equal(3, Curator.Run(files, null, new() { NearDistance = 10 }).Summary.NearFlagged);
        using var features = ImageFeatures.Open(world.Options.Home, world.Backbone, 1);
        var (manifest, summary) =
            Curator.Run(files, null, new() { NearDistance = 10, Features = features, NearSimilarity = 0.9 });
        Assert.Equal(new SecondLook("tiny", 0.9, 0, 3, 1), summary.SecondLook);
        Assert.Equal([true, false, false], manifest.Kept);
        Assert.Equal([0, 1, 1], manifest.Cluster);
    }

    private static Image Picture(int number)
    {
        var coarse = new byte[8 * 8];
        new Random(number).NextBytes(coarse);
        using var small = Image.NewFromMemory(coarse, 8, 8, 1, Enums.BandFormat.Uchar);
        using var large = small.Resize(12, kernel: Enums.Kernel.Cubic);
        return large.Cast(Enums.BandFormat.Uchar).Copy(interpretation: Enums.Interpretation.Bw);
    }

    private static ulong Hash(Image picture) =>
        PerceptualHash.Of(picture.WriteToMemory<byte>(), picture.Width, picture.Height);
}
