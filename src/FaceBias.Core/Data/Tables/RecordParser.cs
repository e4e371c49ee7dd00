namespace FaceBias.Core.Data.Tables;

/// <summary>A field of a record: where its text stands, and how it was quoted.</summary>
internal readonly record struct Field(int Start, int Length, bool Quoted, bool Doubled);

/// <summary>
/// Cuts the text of a delimited file into records and fields (RFC 4180): quotes are doubled quotes, line ends within
/// quotes are text. Blanks around fields that are not quoted are not part of them.
/// </summary>
/// <param name="bytes">The text as UTF-8.</param>
/// <param name="separator">The separator; a blank stands for any run of blanks and tabs.</param>
internal ref struct RecordParser(ReadOnlySpan<byte> bytes, byte separator)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private readonly byte _separator = separator;

    /// <summary>Where the next record begins.</summary>
    public int Position { get; set; }

    /// <summary>The line on which the record read last begins, from 1.</summary>
    public int Line { get; private set; }

    /// <summary>The line that follows it.</summary>
    public int NextLine { get; set; } = 1;

    /// <summary>Why the record read last is no record; null where it is one.</summary>
    public string? Fault { get; private set; }

    /// <summary>Reads the next record; false at the end of the text.</summary>
    /// <param name="fields">Takes the fields; a line without any sign gives none.</param>
    public bool Read(List<Field> fields)
    {
        fields.Clear();
        (Line, Fault) = (NextLine, null);
        if (Position >= _bytes.Length)
            return false;
        var blanks = _separator == (byte)' ';
        if (blanks)
            SkipBlanks();
        if (AtEnd())
        {
            EndLine();
            return true;
        }
        while (true)
        {
            fields.Add(ReadField());
            if (blanks)
            {
                SkipBlanks();
                if (!AtEnd())
                    continue;
            }
            else if (Position < _bytes.Length && _bytes[Position] == _separator)
            {
                Position++;
                if (!AtEnd())
                    continue;
                fields.Add(new(Position, 0, false, false));
            }
            EndLine();
            return true;
        }
    }

    public readonly ReadOnlySpan<byte> Text(Field field, ref byte[] buffer)
    {
        var raw = _bytes.Slice(field.Start, field.Length);
        if (!field.Doubled)
            return raw;
        if (buffer.Length < raw.Length)
            buffer = new byte[raw.Length * 2];
        var n = 0;
        for (var i = 0; i < raw.Length; i++)
        {
            buffer[n++] = raw[i];
            i += raw[i] == (byte)'"' ? 1 : 0;
        }
        return buffer.AsSpan(0, n);
    }

    private readonly bool AtEnd() => Position >= _bytes.Length || _bytes[Position] is (byte)'\n' or (byte)'\r';

    private void SkipBlanks()
    {
        while (Position < _bytes.Length && _bytes[Position] is (byte)' ' or (byte)'\t')
            Position++;
    }

    private void EndLine()
    {
        if (Position < _bytes.Length && _bytes[Position] == (byte)'\r')
            Position++;
        if (Position < _bytes.Length && _bytes[Position] == (byte)'\n'
            && (Position == 0 || _bytes[Position - 1] == (byte)'\r' || _bytes[Position] == (byte)'\n'))
            Position++;
        NextLine++;
    }

    private Field ReadField()
    {
        var start = Position;
        while (start < _bytes.Length && _bytes[start] == (byte)' ')
            start++;
        if (start < _bytes.Length && _bytes[start] == (byte)'"')
            return ReadQuoted(start + 1);
        var rest = _bytes[Position..];
        var length = _separator == (byte)' ' ? rest.IndexOfAny(" \t\r\n"u8)
            : rest.IndexOfAny(_separator, (byte)'\n', (byte)'\r');
        length = length < 0 ? rest.Length : length;
        var (from, to) = (Position, Position + length);
        Position = to;
        while (from < to && _bytes[from] is (byte)' ' or (byte)'\t')
            from++;
        while (to > from && _bytes[to - 1] is (byte)' ' or (byte)'\t')
            to--;
        return new(from, to - from, false, false);
    }

    private Field ReadQuoted(int start)
    {
        var doubled = false;
        for (var at = start; ;)
        {
            var next = _bytes[at..].IndexOf((byte)'"');
            if (next < 0)
            {
                Fault = "a quotation mark is not closed";
                NextLine += _bytes[start..].Count((byte)'\n');
                Position = _bytes.Length;
                return new(start, _bytes.Length - start, true, doubled);
            }
            at += next + 1;
            if (at < _bytes.Length && _bytes[at] == (byte)'"')
            {
                doubled = true;
                at++;
                continue;
            }
            NextLine += _bytes[start..at].Count((byte)'\n');
            Position = at;
            var tab = _separator == (byte)'\t';
            while (Position < _bytes.Length
                && (_bytes[Position] == (byte)' ' || (!tab && _bytes[Position] == (byte)'\t')))
                Position++;
            if (_separator != (byte)' ' && !AtEnd() && _bytes[Position] != _separator)
            {
                Fault = "a quotation mark is not doubled";
                while (!AtEnd() && _bytes[Position] != _separator)
                    Position++;
            }
            return new(start, at - 1 - start, true, doubled);
        }
    }
}
