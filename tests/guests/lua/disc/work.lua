-- SPDX-License-Identifier: BSD-3-Clause
-- Some work: sieve, queens, n-body, string building, a matrix, SHA-like mixing.
local check = ...

local function sieve(n)
    local flags, count = {}, 0
    for i = 2, n do flags[i] = true end
    for i = 2, n do
        if flags[i] then
            count = count + 1
            for k = i * i, n, i do flags[k] = false end
        end
    end
    return count
end
print(sieve(20000))

local function queens(n)
    local count, columns, up, down = 0, {}, {}, {}
    local function place(row)
        if row > n then count = count + 1 return end
        for c = 1, n do
            if not (columns[c] or up[row + c] or down[row - c]) then
                columns[c], up[row + c], down[row - c] = true, true, true
                place(row + 1)
                columns[c], up[row + c], down[row - c] = nil, nil, nil
            end
        end
    end
    place(1)
    return count
end
print(queens(7))

local bodies = { { 0, 0, 0, 0, 39.47 }, { 4.84, -1.16, 0.606, 2.811, 0.037 }, { 8.34, 4.12, -1.01, 1.818, 0.011 } }
for _ = 1, 500 do
    for i, p in ipairs(bodies) do
        for j = i + 1, #bodies do
            local q = bodies[j]
            local dx, dy = p[1] - q[1], p[2] - q[2]
            local d2 = dx * dx + dy * dy
            local m = 0.001 / (d2 * math.sqrt(d2))
            p[3], p[4] = p[3] - dx * q[5] * m, p[4] - dy * q[5] * m
            q[3], q[4] = q[3] + dx * p[5] * m, q[4] + dy * p[5] * m
        end
    end
    for _, p in ipairs(bodies) do
        p[1], p[2] = p[1] + 0.001 * p[3], p[2] + 0.001 * p[4]
    end
end
for _, p in ipairs(bodies) do
    print(string.format("%.9f %.9f", p[1], p[2]))
end

local parts = {}
for i = 1, 3000 do
    parts[#parts + 1] = ("%d:%s"):format(i, ("x"):rep(i % 7))
end
local text = table.concat(parts, ",")
local h = 0x811C9DC5
for i = 1, #text do
    h = ((h ~ text:byte(i)) * 0x01000193) & 0xFFFFFFFF
end
print(#text, string.format("%08x", h))

local n, m = 24, {}
for i = 1, n do
    m[i] = {}
    for j = 1, n do m[i][j] = 1 / (i + j - 1) end
end
local trace = 0
for i = 1, n do
    for k = 1, n do trace = trace + m[i][k] * m[k][i] end
end
print(trace)
local x = 0x9E3779B97F4A7C15
for _ = 1, 1000 do
    x = x ~ (x << 13)
    x = x ~ (x >> 7)
    x = x ~ (x << 17)
end
print(string.format("%016x", x))
check("sum", (function() local s = 0 for i = 1, 100000 do s = s + i end return s end)() == 5000050000)
