using FaceBias.Core.Data;

namespace FaceBias.Core.Tests.Data;

public class ImageListTests
{
    [Fact]
    public void Images_come_in_the_ordinal_order_of_their_ids_whatever_signs_they_are_of()
    {
        // UTF-8 and UTF-16 disagree on the order of the last three.
        string[] signs = ["a", "B", "/", "é", "~", "\uD7FF", "\uE000", "\uFFFD", "\U0001F600"];
        var random = new Random(3);
        string[] ids = [
            .. Enumerable.Range(0, 500).Select(
                _ => string.Concat(
                    Enumerable.Range(0, random.Next(1, 6)).Select(_ => signs[random.Next(signs.Length)]))).Distinct()];
        var builder = new ImageList.Builder();
        Assert.Equal(0, builder.AddRoot("/root", ""));
        Assert.All(ids.Append(ids[7]), id => Assert.True(builder.TryAdd(0, id)));
        var again = new List<string>();
        var list = builder.Build(again.Add);
        Assert.Equal([ids[7]], again);
        Array.Sort(ids, string.CompareOrdinal);
        Assert.Equal(ids, list.Select(f => f.Id));
        Assert.Equal(ids.Length, list.Count);
    }

    [Fact]
    public void A_path_is_that_of_the_folder_and_what_follows_the_prefix()
    {
        string one = Path.Combine("x", "one"), two = Path.Combine("y", "one");
        var builder = new ImageList.Builder();
        builder.AddRoot(one, "one");
        builder.AddRoot(two, "one-2");
        Assert.True(builder.TryAdd(1, "one-2/a/b.jpg"));
        Assert.True(builder.TryAdd(0, "one/c.jpg"));
        Assert.False(builder.TryAdd(0, "one/\uD800.jpg"));
        Assert.Equal([new("one-2/a/b.jpg", Path.Combine(two, "a", "b.jpg")),
            new("one/c.jpg", Path.Combine(one, "c.jpg"))], builder.Build(Assert.Fail));
    }

    [Fact]
    public void An_index_finds_the_first_of_equal_keys_and_nothing_else()
    {
        var random = new Random(5);
        string[] keys = [.. Enumerable.Range(0, 3000).Select(_ => $"{random.Next(2000)}")];
        var index = new RowIndex<string>(keys.Length, i => keys[i]);
        Assert.All(Enumerable.Range(0, keys.Length), i => Assert.Equal(Array.IndexOf(keys, keys[i]), index.Add(i)));
        Assert.All(Enumerable.Range(0, 2500), n => Assert.Equal(Array.IndexOf(keys, $"{n}"), index.Find($"{n}")));
        Assert.Equal(-1, new RowIndex<UInt128>(0, _ => 0).AddAll().Find(7));
    }
}
