using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace FaceBias.Reporting.Cards;

/// <summary>A question that only a person can answer.</summary>
/// <param name="Key">Its name in <c>answers.json</c>.</param>
/// <param name="Special">Whether it belongs to the record of special categories of data, which not every model
/// needs.</param>
internal sealed record CardQuestion(string Key, string Question, bool Special = false);

/// <summary>What people write into a card: <c>card/answers.json</c>, made with empty answers where it is
/// missing.</summary>
internal sealed class CardAnswers(IReadOnlyDictionary<string, string> answers)
{
    /// <summary>The file, in the card's folder.</summary>
    public const string File = "answers.json";

    /// <summary>The questions, in the order of the file.</summary>
    public static IReadOnlyList<CardQuestion> Questions { get; } =
    [
        new("name", "the model's name"),
        new("version", "the model's version"),
        new("overview", "what the model is, in two or three sentences"),
        new("owner", "who is responsible for the model"),
        new("contact", "where people can complain or ask: an address"),
        new("licence", "the model's own licence, as an SPDX identifier where there is one"),
        new("intended_uses", "what the model is meant for"),
        new("users", "who is meant to use it"),
        new("excluded_uses", "what it must not be used for"),
        new("people_affected", "who is affected by its answers, and who speaks for them"),
        new("human_oversight", "who watches its answers, and who can overrule them"),
        new("data_name", "the name of the training data"),
        new("data_link", "where the training data can be found"),
        new("data_terms", "the terms of the training data, and what they allow"),
        new("data_motivation", "why the data were collected, by whom, and who paid"),
        new("data_collection", "how the pictures were collected, and whether the people shown know and agreed"),
        new("data_labelling", "who gave the labels, how, and with what agreement"),
        new("data_maintenance", "who maintains the data, and how somebody is taken out of them"),
        new("energy", "the energy that training used, how it was measured, or that it was not"),
        new("hardware", "the hardware that the model was trained on"),
        new("metrics_appropriate", "why these metrics fit this use"),
        new("risk_management", "what may go wrong, and what is done about it"),
        new("changes", "what was changed since the version before"),
        new("standards", "which harmonised standards were applied"),
        new("declaration", "where the EU declaration of conformity is, or why there is none"),
        new("monitoring", "how the model is watched after it is in use"),
        new("signed", "who signs this card, and when: name, date"),
        new("special_purpose", "the purpose for which special categories of data are processed", Special: true),
        new("special_no_other_data", "why no other data, synthetic or anonymised ones included, would do",
            Special: true),
        new("special_access", "who has access to them, and how access is recorded", Special: true),
        new("special_safeguards", "pseudonymisation, and limits on the use of these data for anything else",
            Special: true),
        new("special_deletion", "the date on which they are deleted", Special: true),
    ];

    /// <summary>Reads the file.</summary>
    /// <exception cref="FaceBiasException">It is no object of texts, or has a name that is no question.</exception>
    public static CardAnswers Read(CardSource source)
    {
        var answers = new Dictionary<string, string>();
        foreach (var (name, _, value) in source.Children(""))
        {
            if (Questions.All(q => q.Key != name))
                throw new FaceBiasException(
                    $"'{source.Name}' answers '{name}', which no card asks; it asks "
                        + $"{string.Join(", ", Questions.Select(q => q.Key))}.");
            answers[name] = value.ValueKind == JsonValueKind.String ? value.GetString()!
                : throw new FaceBiasException($"'{name}' of '{source.Name}' must be a text in quotes.");
        }
        return new(answers);
    }

    /// <summary>The file with every answer empty.</summary>
    public static string Template() =>
        new JsonObject([.. Questions.Select(q => KeyValuePair.Create(q.Key, (JsonNode?)JsonValue.Create("")))])
        .ToJsonString(new() { WriteIndented = true }) + "\n";

    /// <summary>An answer; null where it is empty.</summary>
    public string? Find(string key) => answers.GetValueOrDefault(key) is { } text && !string.IsNullOrWhiteSpace(text)
        ? CardNumbers.Clean(text.Trim()) : null;

    /// <summary>A text cut at what a person must write.</summary>
    public static IEnumerable<(string Text, bool IsOpen)> Open(string text) =>
        Regex.Split(text, @"(\[TO BE WRITTEN: [^\]]*\])").Select((part, i) => (part, i % 2 == 1));

    /// <summary>An answer, or the mark of what is to be written.</summary>
    public string Of(string key) => Find(key) ?? $"[TO BE WRITTEN: {Questions.First(q => q.Key == key).Question}]";

    /// <summary>The questions without an answer.</summary>
    public IEnumerable<CardQuestion> Missing(bool special) =>
        Questions.Where(q => (special || !q.Special) && Find(q.Key) is null);
}
