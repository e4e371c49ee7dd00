namespace FaceBias.Server.Requests;

/// <summary>What a request has sent so far, in memory and nowhere else; given back to the budget when it is
/// disposed.</summary>
internal sealed class RequestBody(UploadBudget budget) : IDisposable
{
    private const int FirstBytes = 1 << 16;

    private long _taken;

    /// <summary>Reads a stream to its end.</summary>
    /// <param name="expected">Its length where it says so; memory is taken as it fills, not at its word.</param>
    /// <param name="most">Longer ones are refused.</param>
    public async Task<byte[]> ReadAsync(Stream stream, long? expected, long most, string what, CancellationToken cancel)
    {
        if (expected > most)
            throw TooLarge(what, most);
        var buffer = Room(Math.Min(expected is > 0 ? expected.Value : FirstBytes, FirstBytes));
        var length = 0;
        while (true)
        {
            if (length == buffer.Length)
            {
                if (length == expected && await stream.ReadAsync(new byte[1], cancel).ConfigureAwait(false) == 0)
                    return buffer;
                if (length >= most + 1)
                    throw TooLarge(what, most);
                var larger = Room(
                    Math.Min(Math.Max(length * 2L, 1),
                        Math.Max(Math.Min(expected ?? long.MaxValue, most + 1), length + 1)));
                buffer.CopyTo(larger, 0);
                budget.Give(buffer.Length);
                _taken -= buffer.Length;
                buffer = larger;
            }
            var read = await stream.ReadAsync(buffer.AsMemory(length), cancel).ConfigureAwait(false);
            if (read == 0)
                break;
            length += read;
            if (length > most)
                throw TooLarge(what, most);
        }
        return length == buffer.Length ? buffer : buffer[..length];
    }

    public void Dispose()
    {
        budget.Give(_taken);
        _taken = 0;
    }

    private static RequestProblem TooLarge(string what, long most) =>
        new(StatusCodes.Status413PayloadTooLarge,
            FormattableString.Invariant($"{what} is larger than {most:N0} bytes.")) { Closes = true };

    private byte[] Room(long bytes)
    {
        budget.Take(bytes);
        _taken += bytes;
        return GC.AllocateUninitializedArray<byte>((int)bytes);
    }
}
