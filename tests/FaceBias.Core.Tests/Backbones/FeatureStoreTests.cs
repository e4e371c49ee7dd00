using System.Security.Cryptography;
using FaceBias.Core.Backbones;
using FaceBias.Primitives.Hashing;
using FaceBias.Tests;

namespace FaceBias.Core.Tests.Backbones;

public class FeatureStoreTests
{
    private const int Width = 5;

    [Fact]
    public void Rows_come_back_in_the_order_asked_for_after_reopening()
    {
        var root = TestPaths.NewFolder();
        using (var store = FeatureStore.Open(root, "k", Width))
            store.Append([Sha(1), Sha(2), Sha(3)], [.. Row(1), .. Row(2), .. Row(3)]);

        using var again = FeatureStore.Open(root, "k", Width);
        Assert.Equal(3, again.Count);
        Assert.Equal([Row(3), Row(1)], ReadAll(again, 3, 1));
    }

    [Theory]
    [InlineData("rows.f32", 7)]    // the last row torn
    [InlineData("index.bin", 11)]  // the last index record torn
    public void A_torn_end_costs_the_last_row_only_and_appending_goes_on(string file, int cut)
    {
        var root = TestPaths.NewFolder();
        using (var store = FeatureStore.Open(root, "k", Width))
            store.Append([Sha(1), Sha(2)], [.. Row(1), .. Row(2)]);
        var path = Path.Combine(root, "k", file);
        using (var stream = new FileStream(path, FileMode.Open))
            stream.SetLength(stream.Length - cut);

        using (var store = FeatureStore.Open(root, "k", Width))
        {
            Assert.True(store.Contains(Sha(1)));
            Assert.False(store.Contains(Sha(2)));
            store.Append([Sha(9)], Row(9));
        }
        using var again = FeatureStore.Open(root, "k", Width);
        Assert.Equal([Row(9), Row(1)], ReadAll(again, 9, 1));
    }

    [Fact]
    public void A_damaged_row_is_noticed_and_asked_for_again()
    {
        var root = TestPaths.NewFolder();
        using (var store = FeatureStore.Open(root, "k", Width))
            store.Append([Sha(1), Sha(2)], [.. Row(1), .. Row(2)]);
        var path = Path.Combine(root, "k", "rows.f32");
        var bytes = File.ReadAllBytes(path);
        bytes[3] ^= 0x40;
        File.WriteAllBytes(path, bytes);

        using var damaged = FeatureStore.Open(root, "k", Width);
        Assert.Equal(1, damaged.DamagedRows);
        Assert.False(damaged.Contains(Sha(1)));
        Assert.Equal([Row(2)], ReadAll(damaged, 2));
    }

    [Theory]
    [InlineData("not a feature store at all")]
    [InlineData("")]
    public void A_foreign_index_file_means_an_empty_store(string content)
    {
        var root = TestPaths.NewFolder();
        Directory.CreateDirectory(Path.Combine(root, "k"));
        File.WriteAllText(Path.Combine(root, "k", "index.bin"), content);
        File.WriteAllText(Path.Combine(root, "k", "rows.f32"), content);

        using (var store = FeatureStore.Open(root, "k", Width))
        {
            Assert.Equal(0, store.Count);
            store.Append([Sha(4)], Row(4));
        }
        using var again = FeatureStore.Open(root, "k", Width);
        Assert.Equal([Row(4)], ReadAll(again, 4));
    }

    [Fact]
    public void Another_writer_gets_one_sentence_but_may_read()
    {
        var root = TestPaths.NewFolder();
        using var first = FeatureStore.Open(root, "k", Width);
        first.Append([Sha(1)], Row(1));
        using var second = FeatureStore.Open(root, "k", Width);
        Assert.Equal([Row(1)], ReadAll(second, 1));
        var e = Assert.Throws<FaceBiasException>(() => second.Append([Sha(2)], Row(2)));
        Assert.Contains("another run", e.Message, StringComparison.Ordinal);
    }

    private static Digest Sha(int seed) => new(SHA256.HashData(BitConverter.GetBytes(seed)));

    private static float[] Row(int seed) => [.. Enumerable.Range(0, Width).Select(i => seed * 10f + i)];

    private static List<float[]> ReadAll(FeatureStore store, params int[] seeds)
    {
        using var rows = store.OpenRows();
        return [.. seeds.Select(s => rows[Sha(s)].ToArray())];
    }
}
