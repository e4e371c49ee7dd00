using FaceBias.Core.Data;
using FaceBias.Core.Imaging;

namespace FaceBias.Reporting;

/// <summary>Small pictures of a page, each made once, within a budget of bytes.</summary>
internal sealed class ContactSheet(Manifest manifest, int budget, CancellationToken cancel)
{
    private const int Side = 88, Quality = 65;

    private readonly Dictionary<int, string?> _pictures = [];
    private int _left = budget;

    /// <summary>A list of pictures with captions; images that no longer fit, or cannot be decoded, are named only.</summary>
    /// <param name="html">The page.</param>
    /// <param name="rows">The images.</param>
    /// <param name="heading">A few words that stand out below a picture.</param>
    /// <param name="caption">What else is to be said.</param>
    public void Write(HtmlWriter html, IReadOnlyList<int> rows, Func<int, string> heading, Func<int, string> caption)
    {
        html.Raw("<ul class=\"faces\">");
        var unseen = new List<string>();
        foreach (var row in rows)
        {
            cancel.ThrowIfCancellationRequested();
            var id = manifest.Files[row].Id;
            if (Picture(row) is { } picture)
            {
                html.Raw($"<li><img src=\"data:image/jpeg;base64,{picture}\" loading=\"lazy\" alt=\"{HtmlWriter.Escape(id)}\">"
                    + $"<b>{HtmlWriter.Escape(heading(row))}</b>{HtmlWriter.Escape(caption(row))}</li>");
            }
            else
                unseen.Add($"{id} ({heading(row)})");
        }
        html.Raw("</ul>");
        if (unseen.Count > 0)
            html.Paragraph($"Without a picture here: {string.Join(", ", unseen)}.", "quiet");
    }

    private string? Picture(int row)
    {
        if (!_pictures.TryGetValue(row, out var picture))
            _pictures.Add(row, picture = ThumbnailWriter.Write(manifest.Files[row].Path, Side, Quality).Jpeg is { } jpeg ? Convert.ToBase64String(jpeg) : null);
        if (picture is null || picture.Length > _left)
            return null;
        _left -= picture.Length;
        return picture;
    }
}
