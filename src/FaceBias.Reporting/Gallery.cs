using FaceBias.Core.Curation.Review;
using FaceBias.Core.Data;

namespace FaceBias.Reporting;

/// <summary>Cards with small pictures to decide on, within a budget of bytes; each picture is in the file once. The
/// script of the page adds keep, drop and relabel to every card.</summary>
internal sealed class Gallery(Manifest manifest, PageOptions pages, int budget, CancellationToken cancel)
{
    private const int Side = 88, Quality = 65;

    private readonly Dictionary<int, bool> _shown = [];
    private int _left = budget;

    /// <summary>Cards; images that no longer fit, or cannot be decoded, are named only.</summary>
    /// <param name="heading">A few words that stand out below a picture.</param>
    public Html Cards(IEnumerable<int> rows, Func<int, string> heading, Func<int, string> caption)
    {
        var cards = new List<Html>();
        var unseen = new List<string>();
        foreach (var row in rows)
        {
            cancel.ThrowIfCancellationRequested();
            var id = manifest.Files[row].Id;
            if (Source(row) is { } source)
                cards.Add(Html.Of(
                    $"<li class=\"card\" data-decide=\"{id}\" "
                        + $"data-sha=\"{manifest.Sha256[row].ToString()[..ReviewFile.Digits]}\"><img "
                        + $"{new Html(source)} data-id=\"{id}\" alt=\"{id}\"><b>{heading(row)}</b> {caption(row)}</li>"));
            else
                unseen.Add($"{id} ({heading(row)})");
        }
        return Html.Of($"""
            {(cards.Count == 0 ? Html.Empty : Html.Of($"<ul class=\"faces cards\">{cards}</ul>"))}
            {(unseen.Count == 0 ? Html.Empty : Parts.Text($"Without a picture here: {string.Join(", ", unseen)}.", "quiet"))}
            """);
    }

    private string? Source(int row)
    {
        if (_shown.TryGetValue(row, out var shown))
            return shown ? "src=\"data:,\" data-again" : null;
        var picture = pages.Thumbnail(manifest.Files[row].Path, Side, Quality) is { } jpeg
            ? Convert.ToBase64String(jpeg) : null;
        _shown[row] = picture is not null && picture.Length <= _left;
        if (!_shown[row])
            return null;
        _left -= picture!.Length;
        return $"src=\"data:image/jpeg;base64,{picture}\"";
    }
}
