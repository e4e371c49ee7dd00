using System.Text.RegularExpressions;

namespace FaceBias;

/// <summary>What went wrong, and so who can put it right.</summary>
public enum ErrorKind
{
    /// <summary>An option, a file or a field is wrong.</summary>
    BadInput,

    /// <summary>A file, a folder, a model or a column is not there.</summary>
    Missing,

    /// <summary>It is right, and this program or machine cannot do it.</summary>
    Unsupported,

    /// <summary>Another process has it, or a server did not answer: the same again later may work.</summary>
    Busy,

    /// <summary>A fault of the program.</summary>
    Internal,

    /// <summary>No repetition helps: a plan or a model that is damaged, or was changed since.</summary>
    Permanent,
}

/// <summary>A failure that is explained to the user. The message is one sentence that names the file, field or option
/// and says what to do. The command line prints the message alone, with its own names of options; any other exception
/// is a fault of the program.</summary>
public partial class FaceBiasException : Exception
{
    private readonly string? _option;

    /// <summary>Creates the exception from a sentence for the user.</summary>
    /// <param name="message">The sentence; ‹Out› or ‹TrainOptions.Epochs› stands for an option's property.</param>
    /// <param name="kind">What went wrong.</param>
    public FaceBiasException(string message, ErrorKind kind = ErrorKind.BadInput) : this(message, null!, kind) { }

    /// <summary>Creates the exception from a sentence for the user and the failure behind it.</summary>
    public FaceBiasException(string message, Exception innerException, ErrorKind kind = ErrorKind.BadInput)
        : base(Plain(message), innerException) =>
        (Text, Kind) = (message, kind);

    /// <summary>For serializers; prefer a constructor with a sentence.</summary>
    public FaceBiasException() => Text = base.Message;

    /// <summary>What went wrong.</summary>
    public ErrorKind Kind { get; }

    /// <summary>The property of the options record that the sentence is about; null for none. By default the first that
    /// it names.</summary>
    public string? Option
    {
        get => _option ?? (OptionMark().Match(Text) is { Success: true } mark ? mark.Groups[1].Value : null);
        init => _option = value;
    }

    /// <summary>The sentence with ‹› around options.</summary>
    internal string Text { get; }

    /// <summary>A sentence with options named in some way.</summary>
    /// <param name="text">The sentence, with ‹› around options.</param>
    /// <param name="name">Gives the name of a property, such as --out for Out.</param>
    internal static string WithOptions(string text, Func<string, string> name) =>
        OptionMark().Replace(text, m => name(m.Groups[1].Value));

    private static string Plain(string text) => WithOptions(text, property => property);

    [GeneratedRegex("‹([A-Z][A-Za-z.]*)›")]
    private static partial Regex OptionMark();
}
