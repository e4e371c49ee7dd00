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
        var store = FeatureStore.Open(root, "k", Width);
        store.Append([Sha(1), Sha(2), Sha(3)], [.. Row(1), .. Row(2), .. Row(3)]);

        var again = FeatureStore.Open(root, "k", Width);
        Assert.Equal(3, again.Count);
        Assert.Equal([Row(3), Row(1)], ReadAll(again, 3, 1));
    }

    [Theory]
    [InlineData("rows.f32", 7)]    // the last row torn
    [InlineData("index.bin", 11)]  // the last index record torn
    public void A_torn_end_costs_the_last_row_only_and_appending_goes_on(string file, int cut)
    {
        var root = TestPaths.NewFolder();
        var store = FeatureStore.Open(root, "k", Width);
        store.Append([Sha(1), Sha(2)], [.. Row(1), .. Row(2)]);
        var path = Path.Combine(root, "k", file);
        using (var stream = new FileStream(path, FileMode.Open))
            stream.SetLength(stream.Length - cut);

        store = FeatureStore.Open(root, "k", Width);
        Assert.True(store.Contains(Sha(1)));
        Assert.False(store.Contains(Sha(2)));
        store.Append([Sha(9)], Row(9));
        var again = FeatureStore.Open(root, "k", Width);
        Assert.Equal([Row(9), Row(1)], ReadAll(again, 9, 1));
    }

    [Fact]
    public void A_damaged_row_is_noticed_and_asked_for_again()
    {
        var root = TestPaths.NewFolder();
        var store = FeatureStore.Open(root, "k", Width);
        store.Append([Sha(1), Sha(2)], [.. Row(1), .. Row(2)]);
        var path = Path.Combine(root, "k", "rows.f32");
        var bytes = File.ReadAllBytes(path);
        bytes[3] ^= 0x40;
        File.WriteAllBytes(path, bytes);

        var damaged = FeatureStore.Open(root, "k", Width);
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

        var store = FeatureStore.Open(root, "k", Width);
        Assert.Equal(0, store.Count);
        store.Append([Sha(4)], Row(4));
        var again = FeatureStore.Open(root, "k", Width);
        Assert.Equal([Row(4)], ReadAll(again, 4));
    }

    [Fact]
    public void Several_writers_share_a_store_and_lose_nothing()
    {
        var root = TestPaths.NewFolder();
        // A store each, as processes of their own have; the third sees rows that it never asked for.
        var stores = Enumerable.Range(0, 3).Select(_ => FeatureStore.Open(root, "k", Width)).ToArray();
        Parallel.For(0, 60, new ParallelOptions { MaxDegreeOfParallelism = 6 },
            i => stores[i % 3].Append([Sha(i)], Row(i)));
        stores[2].Append([Sha(60)], Row(60));
        Assert.Equal(Enumerable.Range(0, 61).Select(Row), ReadAll(stores[2], [.. Enumerable.Range(0, 61)]));
        var again = FeatureStore.Open(root, "k", Width);
        Assert.Equal((61, 0), (again.Count, again.DamagedRows));
        Assert.Equal(Enumerable.Range(0, 61).Select(Row), ReadAll(again, [.. Enumerable.Range(0, 61)]));
    }

    [Fact]
    public void A_store_that_was_cleaned_meanwhile_begins_anew()
    {
        var root = TestPaths.NewFolder();
        var store = FeatureStore.Open(root, "k", Width);
        store.Append([Sha(1)], Row(1));
        Directory.Delete(Path.Combine(root, "k"), recursive: true);
        store.Append([Sha(2)], Row(2));
        Assert.Equal([Row(2)], ReadAll(store, 2));
        Assert.False(store.Contains(Sha(1)));
        Assert.Equal(1, FeatureStore.Open(root, "k", Width).Count);
    }

    private static Digest Sha(int seed) => new(SHA256.HashData(BitConverter.GetBytes(seed)));

    private static float[] Row(int seed) => [.. Enumerable.Range(0, Width).Select(i => seed * 10f + i)];

    private static List<float[]> ReadAll(FeatureStore store, params int[] seeds)
    {
        using var rows = store.OpenRows();
        return [.. seeds.Select(s => rows[Sha(s)].ToArray())];
    }
}
